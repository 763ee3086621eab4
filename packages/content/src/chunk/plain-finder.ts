import type { ChunkerConstants } from './chunker-constants.ts';
import { type FinderOptions, type Masks, masksFor, type PositionFinder } from './position-finder.ts';

/** What the kernel does, in plain TypeScript: the reference, and for machines without SIMD in WebAssembly. */
export class PlainFinder implements PositionFinder {
  readonly memory: Uint8Array;
  readonly #view: DataView;
  readonly #constants: ChunkerConstants;
  readonly #weights: Int32Array;
  readonly #masks: Masks;

  constructor(memory: Uint8Array, { params, constants }: FinderOptions) {
    this.memory = memory;
    this.#view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
    this.#constants = constants;
    this.#weights = wordWeights(constants.multipliers);
    this.#masks = masksFor(params);
  }

  find(at: number, count: number, strictCount: number): number {
    const bytes = this.memory;
    const weights = this.#weights;
    for (let j = 0; j < count; j++) {
      if (((wordSum(bytes, at + j, weights) >> 8) & 0xff) !== 0x7f) continue;
      const mask = j < strictCount ? this.#masks.strict : this.#masks.loose;
      if ((this.#hashOfWindow(at + j) & mask) === 0n) return j;
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

/** The first stage, of which the low 16 bits count: each of the eight words before `end`, the nearest first, times its weight. */
function wordSum(bytes: Uint8Array, end: number, weights: Int32Array): number {
  let sum = 0;
  for (let k = 0, at = end - 2; k < 8; k++, at -= 2) {
    sum = (sum + Math.imul((bytes[at] as number) | ((bytes[at + 1] as number) << 8), weights[k] as number)) | 0;
  }
  return sum;
}

/** Doubling multiplies the nearer half by the step's multiplier: so a word's weight is the product of those whose bit is not in its number. */
function wordWeights(multipliers: ChunkerConstants['multipliers']): Int32Array {
  return Int32Array.from({ length: 8 }, (_, k) =>
    multipliers.reduce((weight, by, bit) => ((k >> bit) & 1 ? weight : Math.imul(weight, by)), 1),
  );
}

function rotateLeft(value: bigint, bits: bigint): bigint {
  return BigInt.asUintN(64, value << bits) | (value >> (64n - bits));
}
