import { createHash, type Hash } from 'node:crypto';
import type { Cutter } from '../chunk/cutter.ts';
import type { ChunkPlaces, FileFacts } from './order.ts';

/** The parts of one big file, one after the other: where its chunks end, and the hash of all of it. */
export class PartCutter {
  readonly #memory: Uint8Array;
  readonly #cutter: Cutter;
  readonly #hash: Hash = createHash('sha256');
  #bytes = 0;
  /** The beginning of a chunk that has not ended yet; the parts before may be overwritten by now. */
  #carry = new Uint8Array(0);

  constructor(memory: Uint8Array, cutter: Cutter) {
    this.#memory = memory;
    this.#cutter = cutter;
  }

  /** Takes the bytes from `start` to `end`; puts what is left of the part before in front of them. @returns the chunks that end here */
  take(start: number, end: number, isLast: boolean): { chunks: ChunkPlaces; bytes: number; end: FileFacts | undefined } {
    this.#hash.update(this.#memory.subarray(start, end));
    this.#bytes += end - start;
    const carried = this.#carry.length;
    const first = start - carried;
    this.#memory.set(this.#carry, first);
    const ends = endsOfChunks(this.#cutter, { start: first, end, judged: carried, isLast });
    this.#carry = this.#memory.slice(ends.at(-1) ?? first, end);
    const facts = isLast ? { hash: this.#hash.digest('hex'), size: this.#bytes } : undefined;
    return { chunks: placesOf(first, ends), bytes: end - start, end: facts };
  }
}

export interface CutRange {
  /** Where a chunk begins. */
  readonly start: number;
  readonly end: number;
  /** So many bytes of the first chunk are known not to end it. */
  readonly judged?: number;
  /** Whether what is left at the end is a chunk. */
  readonly isLast: boolean;
}

/** Where the chunks of a range end, places in the memory. */
export function endsOfChunks(cutter: Cutter, { start, end, judged = 0, isLast }: CutRange): number[] {
  const ends: number[] = [];
  let at = start;
  for (;;) {
    const length = cutter.chunkLength(at, end, ends.length === 0 ? judged : 0);
    if (length === undefined) break;
    at += length;
    ends.push(at);
  }
  if (isLast && at < end) ends.push(end);
  return ends;
}

function placesOf(start: number, ends: readonly number[]): ChunkPlaces {
  return {
    starts: Uint32Array.from(ends, (_, at) => ends[at - 1] ?? start),
    lengths: Uint32Array.from(ends, (end, at) => end - (ends[at - 1] ?? start)),
  };
}
