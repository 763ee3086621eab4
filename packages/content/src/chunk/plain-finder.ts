import type { ChunkerConstants } from './chunker-constants.ts';
import { type FinderOptions, type Masks, masksFor, type PositionFinder } from './position-finder.ts';

/** What the kernel does, in plain TypeScript: the reference, and for machines without SIMD in WebAssembly. */
export class PlainFinder implements PositionFinder {
  readonly memory: Uint8Array;
  readonly #view: DataView;
  readonly #constants: ChunkerConstants;
  readonly #masks: Masks;
  readonly #sums: FirstStage;

  constructor(memory: Uint8Array, { params, constants }: FinderOptions) {
    this.memory = memory;
    this.#view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
    this.#constants = constants;
    this.#masks = masksFor(params);
    this.#sums = new FirstStage(memory, constants.multipliers);
  }

  find(at: number, count: number, strictCount: number): number {
    for (let done = 0; done < count; done += BLOCK) {
      const sums = this.#sums.of(at + done, Math.min(BLOCK, count - done));
      for (let k = 0; k < sums.length; k++) {
        if ((((sums[k] as number) >> 8) & 0xff) !== 0x7f) continue;
        const j = done + k;
        const mask = j < strictCount ? this.#masks.strict : this.#masks.loose;
        if ((this.#hashOfWindow(at + j) & mask) === 0n) return j;
      }
    }
    return -1;
  }

  /** The second stage: a 64-bit hash of the 32 bytes before `end`. */
  #hashOfWindow(end: number): bigint {
    const { start, factors } = this.#constants;
    let h = BigInt.asUintN(64, (this.#word64(end - 32) ^ start) * factors[0]);
    h = BigInt.asUintN(64, (rotateLeft(h, 29n) ^ this.#word64(end - 24)) * factors[1]);
    h = BigInt.asUintN(64, (rotateLeft(h, 31n) ^ this.#word64(end - 16)) * factors[2]);
    h = BigInt.asUintN(64, (rotateLeft(h, 27n) ^ this.#word64(end - 8)) * factors[3]);
    return h ^ (h >> 32n);
  }

  #word64(at: number): bigint {
    return this.#view.getBigUint64(at, true);
  }
}

/** So many positions go through the first stage together. */
const BLOCK = 4096;

/** The first stage: sums of words, of which the low 16 bits count, made by doubling as the kernel makes them. */
class FirstStage {
  readonly #memory: Uint8Array;
  readonly #multipliers: ChunkerConstants['multipliers'];
  /** Of the 12 positions before a block, too. */
  readonly #pairs = new Int32Array(BLOCK + 12);
  /** Of the 8 positions before a block, too. */
  readonly #fours = new Int32Array(BLOCK + 8);
  readonly #eights = new Int32Array(BLOCK);

  constructor(memory: Uint8Array, multipliers: ChunkerConstants['multipliers']) {
    this.#memory = memory;
    this.#multipliers = multipliers;
  }

  /** The sums of so many positions. They are overwritten by the next call. */
  of(at: number, count: number): Int32Array {
    const [m0, m1, m2] = this.#multipliers;
    const [bytes, pairs, fours, eights] = [this.#memory, this.#pairs, this.#fours, this.#eights];
    let earlier = wordAt(bytes, at - 16);
    let next = wordAt(bytes, at - 15);
    for (let i = 0, p = at - 14; i < count + 12; i++, p++) {
      const word = wordAt(bytes, p);
      pairs[i] = Math.imul(word, m0) + earlier;
      earlier = next;
      next = word;
    }
    for (let i = 0; i < count + 8; i++) fours[i] = Math.imul(pairs[i + 4] as number, m1) + (pairs[i] as number);
    for (let i = 0; i < count; i++) eights[i] = Math.imul(fours[i + 8] as number, m2) + (fours[i] as number);
    return eights.subarray(0, count);
  }
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
}

function rotateLeft(value: bigint, bits: bigint): bigint {
  return BigInt.asUintN(64, value << bits) | (value >> (64n - bits));
}
