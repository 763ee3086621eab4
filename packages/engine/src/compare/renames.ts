import type { Entry } from '../model/entry.ts';
import { depthOf, nameOf, parentOf } from '../model/path.ts';

/** One side's rows that are no longer where they were, and entries that were not there before. */
export interface Displaced {
  /** Last rows whose path is empty now, or holds another file. */
  readonly gone: readonly Entry[];
  /** Entries at paths that held nothing, or another file. */
  readonly arrived: readonly Entry[];
}

/** Splits one side's changes into what left its path and what came to one. */
export function displacedIn(last: ReadonlyMap<string, Entry>, now: ReadonlyMap<string, Entry | undefined>): Displaced {
  const gone: Entry[] = [];
  const arrived: Entry[] = [];
  for (const [path, entry] of now) {
    const before = last.get(path);
    if (before !== undefined && entry !== undefined && !isOther(before, entry)) continue;
    if (before !== undefined) gone.push(before);
    if (entry !== undefined) arrived.push(entry);
  }
  return { gone, arrived };
}

function isOther(before: Entry, now: Entry): boolean {
  if (before.kind !== now.kind) return true;
  return before.id !== undefined && now.id !== undefined && before.id !== now.id;
}

/** Pairs by identity (inode, file id): exact, and true even when the content was edited as well. Keyed by the new path. */
export function matchById({ gone, arrived }: Displaced): Map<string, Entry> {
  const byId = new Map<string, Entry>();
  for (const row of gone) if (row.id !== undefined) byId.set(row.id, row);
  const pairs = new Map<string, Entry>();
  for (const entry of arrived) {
    const row = entry.id === undefined ? undefined : byId.get(entry.id);
    // Hard links share an identity: the first path takes it, the others are new files.
    if (row === undefined || row.kind !== entry.kind || row.path === entry.path) continue;
    byId.delete(row.id as string);
    pairs.set(entry.path, row);
  }
  return pairs;
}

/** Files that {@link matchByHash} could pair if their hashes were known: nothing is hashed for any other reason. */
export function hashCandidates({ gone, arrived }: Displaced, paired: ReadonlyMap<string, Entry>): Entry[] {
  const taken = new Set([...paired.values()].map((row) => row.path));
  const sizes = new Set(gone.filter((row) => isMatchable(row) && row.hash !== undefined && !taken.has(row.path)).map((row) => row.size));
  return arrived.filter((entry) => isMatchable(entry) && !paired.has(entry.path) && sizes.has(entry.size));
}

/** Pairs what is left by content. Among equals the same name wins, then the same folder, then order. */
export function matchByHash({ gone, arrived }: Displaced, paired: ReadonlyMap<string, Entry>): Map<string, Entry> {
  const taken = new Set([...paired.values()].map((row) => row.path));
  const occupied = new Set(arrived.map((entry) => entry.path));
  const byHash = new Map<string, Entry[]>();
  for (const row of gone) {
    // A row whose path holds a new file was overwritten by a save, not moved, unless identity says otherwise.
    if (!isMatchable(row) || row.hash === undefined || taken.has(row.path) || occupied.has(row.path)) continue;
    const rows = byHash.get(row.hash);
    if (rows === undefined) byHash.set(row.hash, [row]);
    else rows.push(row);
  }
  const goneFrom = new Set(gone.map((row) => row.path));
  const pairs = new Map<string, Entry>();
  for (const entry of arrived) {
    if (!isMatchable(entry) || entry.hash === undefined || paired.has(entry.path) || goneFrom.has(entry.path)) continue;
    const rows = byHash.get(entry.hash);
    if (rows === undefined || rows.length === 0) continue;
    const best = bestOf(rows, entry.path);
    rows.splice(rows.indexOf(best), 1);
    pairs.set(entry.path, best);
  }
  return pairs;
}

/** Empty files all look alike; pairing them means nothing. */
function isMatchable(entry: Entry): boolean {
  return entry.kind === 'file' && entry.size > 0;
}

function bestOf(rows: readonly Entry[], path: string): Entry {
  return (
    rows.find((row) => nameOf(row.path) === nameOf(path)) ?? rows.find((row) => parentOf(row.path) === parentOf(path)) ?? (rows[0] as Entry)
  );
}

/**
 * Adds folder renames that only their files tell of: a folder that is gone, at least half of whose children went to the
 * same names in one new folder. Deepest first, so that a moved folder counts as a child of its parent.
 */
export function inferFolders({ gone, arrived }: Displaced, pairs: ReadonlyMap<string, Entry>): Map<string, Entry> {
  const all = new Map(pairs);
  const newFolders = new Set(arrived.filter((entry) => entry.kind === 'folder' && !all.has(entry.path)).map((entry) => entry.path));
  const taken = new Set([...all.values()].map((row) => row.path));
  const lost = gone.filter((row) => row.kind === 'folder' && !taken.has(row.path)).sort((a, b) => depthOf(b.path) - depthOf(a.path));
  if (lost.length === 0 || newFolders.size === 0) return all;
  const childrenOf = Map.groupBy(gone, (row) => parentOf(row.path));
  const newPathOf = new Map([...all].map(([to, row]) => [row.path, to]));
  for (const folder of lost) {
    const children = childrenOf.get(folder.path) ?? [];
    const votes = new Map<string, number>();
    for (const child of children) {
      const to = newPathOf.get(child.path);
      if (to === undefined || nameOf(to) !== nameOf(child.path) || !newFolders.has(parentOf(to))) continue;
      votes.set(parentOf(to), (votes.get(parentOf(to)) ?? 0) + 1);
    }
    const [winner] = [...votes].sort((a, b) => b[1] - a[1]);
    if (winner === undefined || winner[1] * 2 < children.length) continue;
    newFolders.delete(winner[0]);
    all.set(winner[0], folder);
    newPathOf.set(folder.path, winner[0]);
  }
  return all;
}
