import {
  type ChunkId,
  decodeChunkId,
  encodeChunkId,
  type IndexedPack,
  packName,
  readPackDirectory,
  verifyPack,
  type WrittenPack,
} from '@cloudsync/content';
import { assertGoingOn } from '../cancelled.ts';
import type { Checking } from './check-objects.ts';
import { isObjectProblem } from './findings.ts';
import { entriesOf } from './prune-plan.ts';

export interface PackChecking extends Checking {
  /** Sizes of all packs that are stored, by salt. */
  readonly stored: ReadonlyMap<string, number>;
  readonly signal?: AbortSignal | undefined;
  readonly onPack?: ((done: number, total: number) => void) | undefined;
}

export interface PackFindings {
  readonly lost: LostChunks;
  /** Packs in force with anything wrong, those that are gone included. */
  readonly damaged: readonly IndexedPack[];
}

/** Chunks that lie nowhere undamaged, and the pack that is to blame. */
export type LostChunks = ReadonlyMap<ChunkId, LostChunk>;

export interface LostChunk {
  readonly object: string;
  readonly problem: string;
}

/**
 * Looks at packs: that those in force are there and have their size; with `readData` at every byte of every pack.
 */
export async function checkPacks(checking: PackChecking, readData: boolean): Promise<PackFindings> {
  const { vault, stored, signal, onPack } = checking;
  const suspects = new Map<ChunkId, LostChunk & { readonly packs: Set<string> }>();
  const blame = (pack: string, ids: Iterable<ChunkId>, problem: string): void => {
    for (const id of ids) {
      const suspect = suspects.get(id) ?? { object: packName(pack), problem, packs: new Set<string>() };
      suspects.set(id, suspect);
      suspect.packs.add(pack);
    }
  };
  const inForce = [...vault.chunks.index.packs()].filter(({ salt }) => vault.chunks.isInForce(salt));
  const damaged: IndexedPack[] = [];
  let done = 0;
  for (const pack of inForce) {
    assertGoingOn(signal);
    const problem = sizeProblem(stored.get(pack.salt), pack);
    const isSound = readData ? await verify(checking, pack, blame) : problem === undefined;
    if (!isSound) damaged.push(pack);
    if (!readData && problem !== undefined) {
      checking.findings.add(packName(pack.salt), problem);
      blame(pack.salt, idsOf(checking, pack), problem);
    }
    onPack?.(++done, readData ? stored.size : inForce.length);
  }
  if (readData) {
    for (const [salt, size] of stored) {
      if (vault.chunks.isInForce(salt)) continue;
      await verifyLeftover(checking, salt, size);
      onPack?.(++done, stored.size);
    }
  }
  const isLost = ([id, { packs }]: [ChunkId, { readonly packs: ReadonlySet<string> }]): boolean =>
    [...vault.chunks.index.places(decodeChunkId(id))].every(({ pack }) => packs.has(pack.salt));
  return { lost: new Map([...suspects].filter(isLost)), damaged };
}

function sizeProblem(stored: number | undefined, { salt, size }: IndexedPack): string | undefined {
  if (stored === undefined) return `${packName(salt)} is gone`;
  return stored === size ? undefined : `${packName(salt)} has ${stored} bytes, not ${size}`;
}

function* idsOf({ vault: { chunks } }: Checking, pack: IndexedPack): Generator<ChunkId> {
  for (const entry of entriesOf(pack)) yield encodeChunkId(chunks.index.id(entry));
}

type Blame = (pack: string, ids: Iterable<ChunkId>, problem: string) => void;

async function verify({ vault, findings }: Checking, pack: IndexedPack, blame: Blame): Promise<boolean> {
  const { salt, epoch, size } = pack;
  const { problems, chunks } = await verifyPack(sealed({ vault }), { salt, epoch, size, directory: vault.chunks.index.directoryOf(pack) });
  for (const { message } of problems) findings.add(packName(salt), message);
  if (chunks.length > 0) blame(salt, chunks, problems[0]?.message ?? `${packName(salt)} is damaged`);
  return problems.length === 0;
}

/** A pack that no version needs: of a writer at work, of one that died, or one that the next prune deletes. */
async function verifyLeftover({ vault, findings }: Checking, salt: string, size: number): Promise<void> {
  const name = packName(salt);
  let pack: WrittenPack;
  try {
    pack = await readPackDirectory(sealed({ vault }), name, size);
  } catch (error) {
    if (!isObjectProblem(error)) throw error;
    findings.addHarmless(name, error.message);
    return;
  }
  for (const { message } of (await verifyPack(sealed({ vault }), pack)).problems) findings.addHarmless(name, message);
}

function sealed({ vault: { blobs, keys } }: Pick<Checking, 'vault'>): Parameters<typeof verifyPack>[0] {
  return { blobs, keys: keys.seal, idKey: keys.idKey };
}
