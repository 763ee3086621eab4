import type { ChunkerConstants } from './chunker-constants.ts';
import type { ChunkerParams } from './chunker-params.ts';

/** Bytes before a position that decide about it. */
export const WINDOW_BYTES = 32;
/** Memory behind the last position that a finder may read, whatever is in it. */
export const SLACK_BYTES = 32;

/**
 * Judges positions in a piece of memory: whether the 32 bytes before one make it a place where a chunk may end. Nothing else
 * counts, so that the same bytes are cut at the same places wherever they lie and however they arrive.
 */
export interface PositionFinder {
  /** Where the bytes are. */
  readonly memory: Uint8Array;
  /**
   * The first of the `count` positions `at`, `at + 1`, … where a chunk may end, as its distance from `at`; −1 when there is none.
   * The first `strictCount` are judged strictly, as befits chunks below the average length. `at` is 32 or more.
   */
  find(at: number, count: number, strictCount: number): number;
}

/** Which bits of the second stage's hash must be zero. */
export interface Masks {
  readonly strict: bigint;
  readonly loose: bigint;
}

export interface FinderOptions {
  readonly params: ChunkerParams;
  readonly constants: ChunkerConstants;
}

/** The first stage lets one position of 256 through. */
const FIRST_STAGE_BITS = 8;
/**
 * Cuts are four times as rare below the average length as chance would have them for it, and four times as frequent from there on:
 * normalised chunking, level 2, of FastCDC (Xia et al., USENIX ATC 2016).
 */
const NORMALISATION_BITS = 2;

export function masksFor({ average }: ChunkerParams): Masks {
  const bits = Math.log2(average) - FIRST_STAGE_BITS;
  return { strict: highBits(bits + NORMALISATION_BITS), loose: highBits(bits - NORMALISATION_BITS) };
}

function highBits(count: number): bigint {
  return ((1n << BigInt(count)) - 1n) << BigInt(64 - count);
}
