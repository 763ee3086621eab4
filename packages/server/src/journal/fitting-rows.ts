import { LIMITS, type Row } from '@cloudsync/protocol';

/** What a row takes in an answer at most, without its texts: 16 values, two of them 32 bytes. */
const ROW_BYTES = 200;
/** A UTF-16 unit takes at most three bytes. */
const UNIT_BYTES = 3;

/** The first of these rows, as many as an answer holds and at least one. */
export function fittingRows(rows: readonly Row[]): readonly Row[] {
  let bytes = 0;
  const end = rows.findIndex(({ name, target }) => {
    bytes += ROW_BYTES + (name.length + (target?.length ?? 0)) * UNIT_BYTES;
    return bytes > LIMITS.answerBytesMax;
  });
  return end < 0 ? rows : rows.slice(0, Math.max(end, 1));
}
