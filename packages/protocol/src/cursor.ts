/**
 * A place in a workspace's journal, and the proof that the journal was this one: the stamp was drawn at random when the change at
 * `sequence` was committed. After a restored backup the same number gets another stamp.
 */
export interface Cursor {
  /** Of the workspace. */
  readonly epoch: string;
  readonly sequence: number;
  /** Of the transaction that holds the row; 16 hex digits, `0` for the beginning. */
  readonly stamp: string;
}

/** The beginning of every journal. */
export const BEGINNING_STAMP = '0';

const CURSOR = /^([0-9a-f]{16}):(0|[1-9][0-9]{0,15}):(0|[0-9a-f]{16})$/;

/** `epoch:sequence:stamp` */
export function formatCursor({ epoch, sequence, stamp }: Cursor): string {
  return `${epoch}:${sequence}:${stamp}`;
}

/** Undefined when this is no cursor. */
export function parseCursor(text: string): Cursor | undefined {
  const [, epoch, digits, stamp] = CURSOR.exec(text) ?? [];
  const sequence = Number(digits);
  if (epoch === undefined || stamp === undefined || !Number.isSafeInteger(sequence)) return undefined;
  return { epoch, sequence, stamp };
}
