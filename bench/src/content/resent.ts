import { hash } from 'node:crypto';
import { dice } from './samples.ts';

export type Cut = (bytes: Uint8Array) => number[];
export type Edit = 'insert' | 'delete' | 'move';

export const EDITS: readonly Edit[] = ['insert', 'delete', 'move'];
const SMALL_BYTES = 200;
const MOVED_BYTES = 256 << 10;

export interface Resent {
  /** Bytes of new chunks for each edit. */
  readonly perEdit: number;
  readonly chunks: number;
  /** How many chunks were cut because they became too long. */
  readonly atMaximum: number;
}

/** Edits a content in many places and counts what would travel. */
export function resentPerEdit(
  before: Uint8Array,
  cut: Cut,
  { edit, edits, maximum }: { edit: Edit; edits: number; maximum: number },
): Resent {
  const known = new Set<string>();
  let chunks = 0;
  let atMaximum = 0;
  for (const chunk of chunksOf(before, cut)) {
    known.add(hash('sha256', chunk));
    chunks++;
    if (chunk.length === maximum) atMaximum++;
  }
  let fresh = 0;
  const after = edited(before, edit, edits);
  for (const chunk of chunksOf(after, cut)) if (!known.has(hash('sha256', chunk))) fresh += chunk.length;
  return { perEdit: fresh / edits, chunks, atMaximum };
}

export function* chunksOf(bytes: Uint8Array, cut: Cut): Generator<Uint8Array> {
  let start = 0;
  for (const end of cut(bytes)) {
    yield bytes.subarray(start, end);
    start = end;
  }
}

/** Inserts or deletes 1 to 200 bytes, or moves 256 KiB, in so many places. What is inserted comes from elsewhere in the same content. */
export function edited(bytes: Uint8Array, edit: Edit, edits: number): Uint8Array {
  const roll = dice(20261121);
  const places = Array.from({ length: edits }, () => roll(bytes.length - MOVED_BYTES)).sort((a, b) => a - b);
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const place of places) {
    if (place < at) continue;
    parts.push(bytes.subarray(at, place));
    at = place;
    const length = edit === 'move' ? MOVED_BYTES : 1 + roll(SMALL_BYTES);
    if (edit === 'delete') at += length;
    if (edit === 'insert') parts.push(bytes.subarray(roll(bytes.length - length)).subarray(0, length));
    if (edit === 'move') {
      const end = Math.min(place + 2 * length, bytes.length);
      parts.push(bytes.subarray(place + length, end), bytes.subarray(place, place + length));
      at = end;
    }
  }
  return Buffer.concat([...parts, bytes.subarray(at)]);
}
