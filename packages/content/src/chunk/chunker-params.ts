import { SyncError } from '@cloudsync/engine/model/error';

/** How long chunks are, in bytes. A part of a store's configuration: other numbers cut at other places. */
export interface ChunkerParams {
  /** No chunk but a file's last is shorter. */
  readonly minimum: number;
  /** A power of two, about the length that most chunks have. */
  readonly average: number;
  /** No chunk is longer. */
  readonly maximum: number;
}

export const DEFAULT_CHUNKER: ChunkerParams = { minimum: 16 << 10, average: 64 << 10, maximum: 256 << 10 };

const MINIMUM_MIN = 512;
const AVERAGE_MIN = 4 << 10;
const AVERAGE_MAX = 512 << 10;
/** A chunk fits into a segment. */
const MAXIMUM_MAX = 1 << 20;

/** @throws SyncError `config/invalid` naming the number that cannot be */
export function assertChunkerParams({ minimum, average, maximum }: ChunkerParams): void {
  if (!isPowerOfTwo(average) || average < AVERAGE_MIN || average > AVERAGE_MAX) {
    throw invalid(`average ${average} is not a power of two from ${AVERAGE_MIN} to ${AVERAGE_MAX}`);
  }
  if (!Number.isInteger(minimum) || minimum < MINIMUM_MIN || minimum > average) {
    throw invalid(`minimum ${minimum} is not a whole number from ${MINIMUM_MIN} to the average`);
  }
  if (!Number.isInteger(maximum) || maximum < average || maximum > MAXIMUM_MAX) {
    throw invalid(`maximum ${maximum} is not a whole number from the average to ${MAXIMUM_MAX}`);
  }
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(value) && value > 0 && Number.isInteger(Math.log2(value));
}

function invalid(reason: string): SyncError {
  return new SyncError('config/invalid', `the sizes of chunks cannot be used: ${reason}; correct the configuration`);
}
