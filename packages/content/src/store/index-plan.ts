/** An index object and what it says, as far as planning needs it. */
export interface PlannedIndex {
  readonly name: string;
  readonly packs: readonly PlannedPack[];
}

export interface PlannedPack {
  /** Lower-case hex. */
  readonly salt: string;
  /** What it takes in an index object. */
  readonly bytes: number;
}

export interface IndexPlan {
  /** Index objects that stay in force. */
  readonly keep: readonly string[];
  /** Salts of the packs of each index object to write. */
  readonly write: readonly (readonly string[])[];
}

export interface IndexChange {
  readonly inForce: readonly PlannedIndex[];
  /** Packs that are in no index object in force. */
  readonly fresh: readonly PlannedPack[];
  /** Salts of packs that shall be in none from now on. */
  readonly without: ReadonlySet<string>;
}

/** Index objects grow by merging up to this size, far below what a reader accepts. */
const MERGED_BYTES_MAX = 16 * 2 ** 20;

/**
 * Which index objects to write. A new one takes in every older one that is not more than twice as large, smallest first, as in a
 * log-structured merge tree (O'Neil et al. 1996): the number of objects in force stays logarithmic, and each pack is written
 * again a logarithmic number of times.
 */
export function planIndexes({ inForce, fresh, without }: IndexChange): IndexPlan {
  const isTouched = ({ packs }: PlannedIndex) => packs.some(({ salt }) => without.has(salt));
  const merged = new Map(fresh.filter(({ salt }) => !without.has(salt)).map((pack) => [pack.salt, pack]));
  const take = ({ packs }: PlannedIndex) => {
    for (const pack of packs) if (!without.has(pack.salt)) merged.set(pack.salt, pack);
  };
  for (const index of inForce.filter(isTouched)) take(index);
  const untouched = inForce.filter((index) => !isTouched(index)).sort((a, b) => sizeOf(a.packs) - sizeOf(b.packs));
  while (merged.size > 0 && untouched[0] !== undefined && isWorthMerging(untouched[0], sizeOf(merged.values()))) {
    take(untouched[0]);
    untouched.shift();
  }
  for (const { packs } of untouched) for (const { salt } of packs) merged.delete(salt);
  return { keep: untouched.map(({ name }) => name), write: grouped([...merged.values()]) };
}

function isWorthMerging({ packs }: PlannedIndex, mergedBytes: number): boolean {
  const bytes = sizeOf(packs);
  return bytes <= 2 * mergedBytes && bytes + mergedBytes <= MERGED_BYTES_MAX;
}

function grouped(packs: readonly PlannedPack[]): string[][] {
  const groups: string[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const pack of packs) {
    if (bytes + pack.bytes > MERGED_BYTES_MAX) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)?.push(pack.salt);
    bytes += pack.bytes;
  }
  return groups;
}

function sizeOf(packs: Iterable<PlannedPack>): number {
  let sum = 0;
  for (const { bytes } of packs) sum += bytes;
  return sum;
}
