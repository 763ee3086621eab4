import type { ChunkIndex, IndexedPack } from '@cloudsync/content';
import type { LiveChunks } from './live-chunks.ts';

/** How much of a pack is in use. */
export interface PackUse {
  readonly pack: IndexedPack;
  /** Raw bytes of its chunks, all and those in use. */
  readonly rawBytes: number;
  readonly liveBytes: number;
}

export interface PrunePolicy {
  /** A pack of which more than this is unused is written anew, in percent. */
  readonly deadPercentMax: number;
  /** Packs smaller than this are put together when there are {@link smallPacksMax} of a kind. */
  readonly smallPackBytes: number;
  readonly smallPacksMax: number;
}

export const DEFAULT_PRUNE_POLICY: PrunePolicy = { deadPercentMax: 25, smallPackBytes: 4 * 2 ** 20, smallPacksMax: 16 };

export interface PrunePlan {
  /** Nothing in them is in use. */
  readonly unused: readonly IndexedPack[];
  /** What is in use in them goes into new packs. */
  readonly rewrite: readonly IndexedPack[];
  /** Bytes of chunks that have to be written. */
  readonly rewriteBytes: number;
}

export function usesOf(packs: Iterable<IndexedPack>, index: ChunkIndex, live: LiveChunks): PackUse[] {
  return [...packs].map((pack) => {
    let [rawBytes, liveBytes] = [0, 0];
    for (const entry of entriesOf(pack)) {
      const { length } = index.place(entry);
      rawBytes += length;
      if (live.isLive(entry)) liveBytes += length;
    }
    return { pack, rawBytes, liveBytes };
  });
}

/** Numbers of a pack's chunks in the index. */
export function* entriesOf({ segments }: IndexedPack): Generator<number> {
  for (const { firstEntry, chunks } of segments) for (let entry = firstEntry; entry < firstEntry + chunks; entry++) yield entry;
}

/** What is worth the work: packs without use go, packs with much waste are written anew, and many small packs become few. */
export function planPrune(uses: readonly PackUse[], policy: PrunePolicy = DEFAULT_PRUNE_POLICY): PrunePlan {
  const unused = uses.filter(({ liveBytes }) => liveBytes === 0);
  const used = uses.filter(({ liveBytes }) => liveBytes > 0);
  const wasteful = used.filter(({ rawBytes, liveBytes }) => (rawBytes - liveBytes) * 100 > policy.deadPercentMax * rawBytes);
  const small = (['data', 'tree'] as const).flatMap((kind) => {
    const ofKind = used.filter(({ pack }) => pack.kind === kind && pack.size < policy.smallPackBytes);
    return ofKind.length >= policy.smallPacksMax ? ofKind : [];
  });
  const rewrite = [...new Set([...wasteful, ...small])];
  return {
    unused: unused.map(({ pack }) => pack),
    rewrite: rewrite.map(({ pack }) => pack),
    rewriteBytes: rewrite.reduce((sum, { liveBytes }) => sum + liveBytes, 0),
  };
}

/**
 * Those of `packs` that can go: each of their chunks that is in use lies in a pack that stays, too. This is all that makes prune safe, however
 * the chunks came there: by rewriting, from another writer, or from another prune.
 */
export function dispensable(packs: readonly IndexedPack[], index: ChunkIndex, live: LiveChunks): IndexedPack[] {
  const going = new Set(packs);
  const staysElsewhere = (entry: number): boolean => {
    for (const { pack } of index.places(index.id(entry))) if (!going.has(pack)) return true;
    return false;
  };
  // Judged against all that wants to go: sometimes one stays that could have gone, and never the other way round.
  const staying = packs.filter((pack) => [...entriesOf(pack)].some((entry) => live.isLive(entry) && !staysElsewhere(entry)));
  for (const pack of staying) going.delete(pack);
  return [...going];
}
