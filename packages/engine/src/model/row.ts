import type { Entry } from './entry.ts';

/**
 * A tree on disk is one JSON object in the seed's shape, one row a line in path order (docs/formats/sync-state.md).
 *
 * A row is written in two parts. The *head* holds what a listing tells without opening anything; the *tail* holds the
 * lazy facts. An untouched entry has the same head, letter for letter, so a scan is compared with the last state as
 * text and only rows that differ are ever parsed.
 */
export function encodeHead(entry: Entry): string {
  const { kind } = entry;
  let head = `${JSON.stringify(entry.path)}:{"is_dir":${kind === 'folder'}`;
  if (kind === 'symlink') head += ',"is_link":true';
  if (kind !== 'folder') head += `,"size":${entry.size},"mtime":${toSeconds(entry.mtimeMs)}`;
  if (entry.mode !== undefined) head += `,"mode":${entry.mode}`;
  if (entry.id !== undefined) head += `,"id":${JSON.stringify(entry.id)}`;
  if (entry.version !== undefined && kind !== 'folder') head += `,"version":${JSON.stringify(entry.version)}`;
  return head;
}

export function encodeTail(entry: Entry): string {
  let tail = '';
  if (entry.kind === 'folder') tail += `,"size":0,"mtime":${toSeconds(entry.mtimeMs)}`;
  if (entry.hash !== undefined) tail += `,"hash":${JSON.stringify(entry.hash)}`;
  if (entry.target !== undefined) tail += `,"target":${JSON.stringify(entry.target)}`;
  return `${tail}}`;
}

export function encodeRow(entry: Entry): string {
  return encodeHead(entry) + encodeTail(entry);
}

/** The shape of a value in the tree files; see the schema in model/tree-schema.ts for what is accepted from disk. */
export interface RowValue {
  is_dir: boolean;
  is_link?: boolean | undefined;
  size: number;
  /** Seconds since 1970 with up to six decimals. */
  mtime: number;
  mode?: number | undefined;
  id?: string | number | undefined;
  version?: string | undefined;
  hash?: string | undefined;
  target?: string | undefined;
}

export function entryOfRow(path: string, row: RowValue): Entry {
  return {
    path,
    kind: row.is_dir ? 'folder' : row.is_link ? 'symlink' : 'file',
    size: row.size,
    mtimeMs: toMilliseconds(row.mtime),
    mode: row.mode,
    id: row.id === undefined ? undefined : String(row.id),
    version: row.version,
    hash: row.hash,
    target: row.target,
  };
}

/** Parses a head as a scan wrote it in this process; never used on bytes from disk. */
export function decodeHead(head: string): Entry {
  const { key, value } = splitRow(`${head}}`) ?? { key: '""', value: '{}' };
  return entryOfRow(JSON.parse(key) as string, { is_dir: false, size: 0, mtime: 0, ...(JSON.parse(value) as Partial<RowValue>) });
}

const ROW = /^("(?:[^"\\]|\\.)*"):(.*)$/s;

/**
 * A row's path and value, each JSON by itself. They are not parsed as one object: Node 24 (V8 13.6) can take an escaped key
 * for another one that it has met before, `"a\\n"` for `"a\\\\"` (test/escaped-names.test.ts).
 */
export function splitRow(row: string): { readonly key: string; readonly value: string } | undefined {
  const [, key, value] = ROW.exec(row) ?? [];
  return key === undefined || value === undefined ? undefined : { key, value };
}

/** Whole microseconds survive the trip through seconds and back, see docs/formats/sync-state.md. */
function toSeconds(ms: number): number {
  return Math.round(ms * 1000) / 1e6;
}

function toMilliseconds(seconds: number): number {
  return Math.round(seconds * 1e6) / 1000;
}

/** The precision every entry's mtime is kept in: whole microseconds. */
export function toMicroseconds(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
