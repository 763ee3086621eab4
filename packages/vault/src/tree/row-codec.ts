import { isSafePath, isVector, SyncError } from '@cloudsync/engine';
import * as z from 'zod/mini';
import { contentListSchema, type StoredContentList, storedContentList } from './content-list.ts';
import type { Row } from './row.ts';

/** Longest path in bytes of UTF-8, and longest line of a row: nodes of trees stay within the size of a chunk. */
export const PATH_BYTES_MAX = 32 * 1024;
export const ROW_BYTES_MAX = 256 * 1024;

const count = z.int().check(z.minimum(0));
const path = z.string().check(z.refine(isSafePath));
const mtimeMs = z.number();
const mode = z.nullable(z.int().check(z.minimum(0), z.maximum(0o7777)));
const id = z.string().check(z.regex(/^[0-9a-f]{16}$/));
const vector = z.string().check(z.refine(isVector));
const sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/));
const zero = z.literal(0);

const file = z.pipe(
  z.tuple([path, z.literal('f'), count, mtimeMs, mode, id, vector, sha256, contentListSchema]),
  z.transform(
    ([path, , size, mtimeMs, mode, id, vector, hash, content]): Row => ({
      path,
      kind: 'file',
      size,
      mtimeMs,
      mode: mode ?? undefined,
      id,
      vector,
      hash,
      content,
    }),
  ),
);
const folder = z.pipe(
  z.tuple([path, z.literal('d'), zero, mtimeMs, mode, id, vector]),
  z.transform(([path, , , mtimeMs, mode, id, vector]): Row => ({ path, kind: 'folder', mtimeMs, mode: mode ?? undefined, id, vector })),
);
const symlink = z.pipe(
  z.tuple([path, z.literal('l'), zero, mtimeMs, mode, id, vector, z.null(), z.string()]),
  z.transform(
    ([path, , , mtimeMs, mode, id, vector, , target]): Row => ({
      path,
      kind: 'symlink',
      mtimeMs,
      mode: mode ?? undefined,
      id,
      vector,
      target,
    }),
  ),
);
const tombstone = z.pipe(
  z.tuple([path, z.literal('x'), count, mtimeMs, z.null(), id, vector]),
  z.transform(([path, , sequence, mtimeMs, , id, vector]): Row => ({ path, kind: 'tombstone', sequence, mtimeMs, id, vector })),
);
const schemas: Readonly<Record<string, typeof file | typeof folder | typeof symlink | typeof tombstone | undefined>> = {
  f: file,
  d: folder,
  l: symlink,
  x: tombstone,
};

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

/** The row that a parsed line holds; undefined when it is none. */
export function decodeRow(stored: unknown): Row | undefined {
  const kind: unknown = Array.isArray(stored) ? stored[1] : undefined;
  const schema = typeof kind === 'string' && Object.hasOwn(schemas, kind) ? schemas[kind] : undefined;
  const row = schema?.safeParse(stored).data;
  if (row?.kind !== 'file') return row;
  return 'chunks' in row.content && row.content.chunks.reduce((sum, { length }) => sum + length, 0) !== row.size ? undefined : row;
}

/** True when two rows say the same, letter for letter. */
export function areSameRows(a: Row | undefined, b: Row | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a === b || (a.vector === b.vector && encodeRow(a) === encodeRow(b));
}
