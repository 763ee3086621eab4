import { isSafePath, isVector, SyncError } from '@cloudsync/engine';
import { decodeContentList, type StoredContentList, storedContentList } from './content-list.ts';
import type { Row } from './row.ts';

/** Longest path in bytes of UTF-8, and longest line of a row: nodes of trees stay within the size of a chunk. */
const PATH_BYTES_MAX = 32 * 1024;
const ROW_BYTES_MAX = 256 * 1024;

const MODE_MAX = 0o7777;
const ROW_ID = /^[0-9a-f]{16}$/;
const SHA256 = /^[0-9a-f]{64}$/;

type StoredRow = readonly (string | number | null | StoredContentList)[];

/** One line of a leaf, without its end, as JSON.stringify writes it. @throws SyncError `storage/too-long` */
export function encodeRow(row: Row): string {
  const line = JSON.stringify(storedRow(row));
  // A UTF-16 unit takes at most three bytes: most rows need no counting.
  const isLong = row.path.length * 3 > PATH_BYTES_MAX || line.length * 3 > ROW_BYTES_MAX;
  if (isLong && (Buffer.byteLength(row.path) > PATH_BYTES_MAX || Buffer.byteLength(line) > ROW_BYTES_MAX))
    throw new SyncError('storage/too-long', `${JSON.stringify(row.path.slice(0, 60))}… is too long for a vault; shorten it`, {
      path: row.path,
    });
  return line;
}

function storedRow(row: Row): StoredRow {
  const { path, mtimeMs, id, vector } = row;
  switch (row.kind) {
    case 'file':
      return [path, 'f', row.size, mtimeMs, row.mode ?? null, id, vector, row.hash, storedContentList(row.content)];
    case 'folder':
      return [path, 'd', 0, mtimeMs, row.mode ?? null, id, vector];
    case 'symlink':
      return [path, 'l', 0, mtimeMs, row.mode ?? null, id, vector, null, row.target];
    case 'tombstone':
      return [path, 'x', row.sequence, mtimeMs, null, id, vector];
  }
}

/**
 * The row that a parsed line holds; undefined when it is none. Written by hand, as a tree has a row for every path that is listed: a schema
 * takes ten times as long.
 */
export function decodeRow(stored: unknown): Row | undefined {
  if (!Array.isArray(stored)) return undefined;
  const [path, kind, size, mtimeMs, mode, id, vector, hash, content] = stored as unknown[];
  if (typeof path !== 'string' || !isSafePath(path) || typeof mtimeMs !== 'number') return undefined;
  if (typeof id !== 'string' || !ROW_ID.test(id) || typeof vector !== 'string' || !isKnownVector(vector)) return undefined;
  if (kind === 'x') {
    const isTombstone = stored.length === 7 && isCount(size) && mode === null;
    return isTombstone ? { path, kind: 'tombstone', sequence: size, mtimeMs, id, vector } : undefined;
  }
  if (mode !== null && !(isCount(mode) && mode <= MODE_MAX)) return undefined;
  const base = { path, mtimeMs, mode: mode ?? undefined, id, vector };
  if (kind === 'd') return stored.length === 7 && size === 0 ? { ...base, kind: 'folder' } : undefined;
  if (stored.length !== 9) return undefined;
  if (kind === 'l')
    return size === 0 && hash === null && typeof content === 'string' ? { ...base, kind: 'symlink', target: content } : undefined;
  if (kind !== 'f' || !isCount(size) || typeof hash !== 'string' || !SHA256.test(hash)) return undefined;
  const list = decodeContentList(content);
  if (list === undefined) return undefined;
  const bytes = 'chunks' in list ? list.chunks.reduce((sum, { length }) => sum + length, 0) : size;
  return bytes === size ? { ...base, kind: 'file', size, hash, content: list } : undefined;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Most rows of a tree have one of few vectors. */
let lastVector = '';

function isKnownVector(vector: string): boolean {
  if (vector === lastVector) return true;
  if (!isVector(vector)) return false;
  lastVector = vector;
  return true;
}

/** True when two rows say the same, letter for letter. */
export function areSameRows(a: Row | undefined, b: Row | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a === b || (a.vector === b.vector && encodeRow(a) === encodeRow(b));
}
