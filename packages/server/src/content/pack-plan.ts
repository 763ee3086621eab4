import type { IndexedPack } from '@cloudsync/content';

/** How much of a pack is in use. */
export interface PackUse {
  readonly pack: IndexedPack;
  /** Raw bytes of its chunks, all and those in use. */
  readonly rawBytes: number;
  readonly liveBytes: number;
}

/** A pack of which more than this is unused is written anew. */
const DEAD_PERCENT_MAX = 25;
/** Packs smaller than this are put together when there are so many. */
const SMALL_PACK_BYTES = 4 * 2 ** 20;
const SMALL_PACKS_MAX = 16;

/** Packs of which what is in use goes into new ones: those with much waste, and small ones when there are many. Pure. */
export function packsToRewrite(uses: readonly PackUse[]): IndexedPack[] {
  const used = uses.filter(({ liveBytes }) => liveBytes > 0);
  const small = used.filter(({ pack }) => pack.size < SMALL_PACK_BYTES);
  const isWasteful = ({ rawBytes, liveBytes }: PackUse): boolean => (rawBytes - liveBytes) * 100 > DEAD_PERCENT_MAX * rawBytes;
  const chosen = used.filter((use) => isWasteful(use) || (small.length >= SMALL_PACKS_MAX && small.includes(use)));
  return chosen.map(({ pack }) => pack);
}
