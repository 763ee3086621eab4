import { SyncError } from '@cloudsync/engine';
import type { Page } from '@cloudsync/protocol/rest/envelope';

/** Which part of a list is asked for. */
export interface PageRequest {
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/**
 * One page from one row more than it holds: whether there is a next is known without counting.
 * @param cursorOf what the last item is found again by
 */
export function pageFrom<Row, Item>(
  rows: readonly Row[],
  { limit, cursorOf, item }: { limit: number; cursorOf: (row: Row) => string | number; item: (row: Row) => Item },
): Page<Item> {
  const shown = rows.slice(0, limit);
  const hasMore = rows.length > limit;
  const last = shown.at(-1);
  return { data: shown.map(item), pagination: { cursor: hasMore && last !== undefined ? encodeCursor(cursorOf(last)) : null, hasMore } };
}

/** Cursors are opaque so that nobody makes one up, and what they hold may change. */
export function encodeCursor(position: string | number): string {
  return Buffer.from(String(position)).toString('base64url');
}

/** @throws SyncError `server/invalid` */
export function decodeCursor(cursor: string): string {
  const position = Buffer.from(cursor, 'base64url').toString();
  if (encodeCursor(position) !== cursor)
    throw new SyncError('server/invalid', 'this cursor is none that a list gave; list from the beginning');
  return position;
}

/** @throws SyncError `server/invalid` */
export function decodeNumberCursor(cursor: string): number {
  const position = Number(decodeCursor(cursor));
  if (!Number.isSafeInteger(position)) throw new SyncError('server/invalid', 'this cursor is of another list; list from the beginning');
  return position;
}
