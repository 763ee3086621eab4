import { type ChunkerConstants, PUBLIC_CONSTANTS } from './chunker-constants.ts';
import { assertChunkerParams, type ChunkerParams, DEFAULT_CHUNKER } from './chunker-params.ts';
import { Cutter } from './cutter.ts';
import { canRunKernel, KernelFinder, kernelMemory } from './kernel-finder.ts';
import { PlainFinder } from './plain-finder.ts';
import { type PositionFinder, SLACK_BYTES, WINDOW_BYTES } from './position-finder.ts';

export interface ChunkerOptions {
  /** Default: 16, 64, 256 KiB. */
  readonly params?: ChunkerParams;
  /** Default: the public ones. `chunkerConstants(key)` makes those of a key. */
  readonly constants?: ChunkerConstants;
  /** `plain` is the twin of the kernel in TypeScript, which cuts at the same places. Default: the kernel where it runs. */
  readonly engine?: 'kernel' | 'plain';
}

/** So much is looked at in one go. */
const BLOCK_BYTES = 256 << 10;
const MEMORY_BYTES = WINDOW_BYTES + BLOCK_BYTES + SLACK_BYTES;

/**
 * Says where the chunks of a stream of bytes end (docs/formats/chunker.md). How the stream is split into pieces makes no difference.
 *
 *     const chunker = new Chunker();
 *     for await (const piece of stream) ends.push(...chunker.push(piece));
 *     ends.push(...chunker.end());
 *
 * It copies what it is given, and keeps none of it but 32 bytes. Who can read straight into a kernel's memory uses {@link Cutter} there.
 */
export class Chunker {
  readonly #memory: Uint8Array;
  readonly #cutter: Cutter;
  /** Bytes of the stream so far. */
  #total = 0;
  /** Bytes of the chunk that has not ended yet. */
  #open = 0;

  /** @throws SyncError `config/invalid` when the sizes cannot be */
  constructor({
    params = DEFAULT_CHUNKER,
    constants = PUBLIC_CONSTANTS,
    engine = canRunKernel() ? 'kernel' : 'plain',
  }: ChunkerOptions = {}) {
    assertChunkerParams(params);
    const options = { params, constants };
    const finder: PositionFinder =
      engine === 'kernel' ? new KernelFinder(kernelMemory(MEMORY_BYTES), options) : new PlainFinder(new Uint8Array(MEMORY_BYTES), options);
    this.#memory = finder.memory;
    this.#cutter = new Cutter(params, finder);
  }

  /** Takes the next bytes. @returns the offsets in the stream, in order, at which chunks end that ended in them */
  push(bytes: Uint8Array): number[] {
    const ends: number[] = [];
    for (let at = 0; at < bytes.length; at += BLOCK_BYTES) this.#take(bytes.subarray(at, at + BLOCK_BYTES), ends);
    return ends;
  }

  /** The stream is over: its last chunk, when there is a rest. The chunker is new afterwards. */
  end(): number[] {
    const ends = this.#open === 0 ? [] : [this.#total];
    this.#total = 0;
    this.#open = 0;
    return ends;
  }

  #take(block: Uint8Array, ends: number[]): void {
    this.#memory.set(block, WINDOW_BYTES);
    const end = WINDOW_BYTES + block.length;
    let start = WINDOW_BYTES - this.#open;
    let judged = this.#open;
    for (;;) {
      const length = this.#cutter.chunkLength(start, end, judged);
      if (length === undefined) break;
      start += length;
      judged = 0;
      ends.push(this.#total + start - WINDOW_BYTES);
    }
    this.#open = end - start;
    this.#total += block.length;
    this.#memory.copyWithin(0, end - WINDOW_BYTES, end);
  }
}
