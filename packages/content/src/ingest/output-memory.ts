import { TAG_BYTES } from '../seal/suites.ts';
import { SEGMENT_BYTES } from '../store/segment.ts';

/** About as many segments as wait at once for their packs to be written. */
const SLOTS = 64;
/** Whole pages. */
const SLOT_BYTES = SEGMENT_BYTES + 4096;

/**
 * Memory for sealed segments that all threads share, used again when a segment is written: a gigabyte of fresh memory would be a
 * gigabyte of zeros to write, and a garbage collection every few dozen megabytes in every thread that it passes through.
 */
export class OutputMemory {
  readonly shared = new SharedArrayBuffer(SLOTS * SLOT_BYTES);
  readonly #free = Array.from({ length: SLOTS }, (_, slot) => slot);

  /** @returns a slot, or undefined when all are in use: then the segment gets memory of its own */
  take(): number | undefined {
    return this.#free.pop();
  }

  /** What a thread put into a slot. */
  bytes(slot: number | undefined, length: number): Uint8Array {
    if (slot === undefined) throw new TypeError('a segment lies in memory that was not given for it');
    return outputOf(this.shared, slot).subarray(0, length);
  }

  give(slot: number | undefined): void {
    if (slot !== undefined) this.#free.push(slot);
  }
}

export function outputOf(shared: SharedArrayBuffer, slot: number): Uint8Array {
  return new Uint8Array(shared, slot * SLOT_BYTES, SEGMENT_BYTES + TAG_BYTES);
}

/** What has shrunk to less does not keep a slot from others. */
export function isWorthKeeping(bytes: number): boolean {
  return bytes > SEGMENT_BYTES / 2;
}
