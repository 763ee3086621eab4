import { SyncError } from '@cloudsync/engine/model/error';
import { decodeHex, encodeHex } from './hex.ts';
import { KINDS, ROW_ACTIONS, type Row } from './row.ts';

/** How many values a row has on the wire. */
const FIELDS = 16;

/** A row as it travels: an array of its values in the order of docs/formats/wire.md; hash and content as 32 bytes. */
export function encodeRow(row: Row): unknown[] {
  return [
    row.sequence,
    row.id,
    row.parent,
    row.name,
    KINDS.indexOf(row.kind),
    row.size,
    row.mtimeMs,
    row.mode ?? null,
    row.hash === undefined ? null : decodeHex(row.hash),
    row.target ?? null,
    row.content === undefined ? null : decodeHex(row.content),
    row.chunks,
    row.deleted,
    row.atMs,
    row.author,
    ROW_ACTIONS.indexOf(row.action),
  ];
}

/**
 * Reads a row. There are up to hundreds of thousands in a listing, so it is checked by hand and not by a schema.
 * @throws SyncError `server/invalid`
 */
export function decodeRow(value: unknown): Row {
  if (!Array.isArray(value) || value.length !== FIELDS) throw invalidRow('it is no array of its values');
  const [sequence, id, parent, name, kind, size, mtimeMs, mode, hash, target, content, chunks, deleted, atMs, author, action] =
    value as unknown[];
  if (typeof mtimeMs !== 'number' || typeof atMs !== 'number') throw invalidRow('a time is no number');
  if (typeof deleted !== 'boolean') throw invalidRow('it does not say whether it is deleted');
  return {
    sequence: count(sequence),
    id: count(id),
    parent: count(parent),
    name: text(name),
    kind: KINDS[count(kind)] ?? refuse('it is of no known kind'),
    size: count(size),
    mtimeMs,
    mode: mode === null ? undefined : count(mode),
    hash: hash === null ? undefined : hex32(hash),
    target: target === null ? undefined : text(target),
    content: content === null ? undefined : hex32(content),
    chunks: count(chunks),
    deleted,
    atMs,
    author: count(author),
    action: ROW_ACTIONS[count(action)] ?? refuse('nothing is known to make it'),
  };
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : refuse('a value is no whole number');
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : refuse('a value is no text');
}

function hex32(value: unknown): string {
  return value instanceof Uint8Array && value.length === 32 ? encodeHex(value) : refuse('an id has not 32 bytes');
}

function refuse(why: string): never {
  throw invalidRow(why);
}

function invalidRow(why: string): SyncError {
  return new SyncError('server/invalid', `a row cannot be understood: ${why}`);
}
