import { kernelMemory } from '../chunk/kernel-finder.ts';

/** So many bytes of content an arena holds: some processor caches hold it too, and a turn of work with it takes a few ms. */
export const ARENA_BYTES = 4 << 20;
/** Enough that every thread has work at hand while packs are written; bounds how much content is in memory. */
export const ARENAS = 6;
/** Behind the content: room to see that a file has grown, and what the kernel may read beyond. Whole pages. */
const SLACK_BYTES = 4096;

/** What a thread must know to find its way in the memory that all share. */
export interface ArenaLayout {
  readonly memory: WebAssembly.Memory;
  /** Before the content: room for the beginning of a chunk that an earlier arena held. */
  readonly carryBytes: number;
}

/** @param carryBytes the length of the longest chunk */
export function makeArenas(carryBytes: number): ArenaLayout {
  return { memory: kernelMemory(ARENAS * strideOf(carryBytes)), carryBytes };
}

/** Where the content of an arena begins in the memory. */
export function contentStart({ carryBytes }: ArenaLayout, arena: number): number {
  return arena * strideOf(carryBytes) + carryBytes;
}

function strideOf(carryBytes: number): number {
  return carryBytes + ARENA_BYTES + SLACK_BYTES;
}
