import { hash } from 'node:crypto';
import { type Entry, SyncError } from '@cloudsync/engine';
import type { LiveRow, Row } from '../tree/row.ts';

/** What a row says, as the engine knows it. */
export function entryOfRow(row: LiveRow): Entry {
  const { path, kind, mtimeMs, mode, id, vector } = row;
  const common = { path, kind, size: 0, mtimeMs, mode, id, version: versionOf(row), vector };
  if (row.kind === 'file') return { ...common, size: row.size, hash: row.hash };
  return row.kind === 'symlink' ? { ...common, target: row.target } : common;
}

export function liveRow(row: Row | undefined): LiveRow | undefined {
  return row === undefined || row.kind === 'tombstone' ? undefined : row;
}

/**
 * Content and permission bits (size and mtime an entry tells by itself). Not the vector: what lies in a folder that is renamed has new
 * causes at its new path, but nothing happened to it.
 */
function versionOf(row: LiveRow): string | undefined {
  if (row.kind === 'folder') return undefined;
  const content = row.kind === 'file' ? row.hash : hash('sha256', row.target, 'hex');
  return `${content.slice(0, 24)}.${row.mode ?? ''}`;
}

/** Whether a row is what the caller saw there. What an entry does not tell is not compared. */
export function isAsExpected(expected: Entry | undefined, row: LiveRow | undefined): boolean {
  if (expected === undefined || row === undefined) return expected === row;
  const now = entryOfRow(row);
  if (expected.kind !== now.kind || differ(expected.id, now.id)) return false;
  if (now.kind === 'folder') return true;
  return (
    expected.size === now.size &&
    expected.mtimeMs === now.mtimeMs &&
    !differ(expected.target, now.target) &&
    !differ(expected.hash, now.hash) &&
    !differ(expected.version, now.version)
  );
}

function differ(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a !== b;
}

/** Whether two rows are the same thing with the same content and attributes; who made it and its id do not count. */
export function areSameThings(a: Row | undefined, b: Row | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.kind === 'tombstone' || b.kind === 'tombstone') return a.kind === b.kind;
  if (a.kind !== b.kind || a.mode !== b.mode) return false;
  if (a.kind === 'folder') return true;
  if (a.mtimeMs !== b.mtimeMs) return false;
  if (a.kind === 'symlink') return b.kind === 'symlink' && a.target === b.target;
  return b.kind === 'file' && a.size === b.size && a.hash === b.hash;
}

export function changed(path: string): SyncError {
  return new SyncError('storage/changed', `${JSON.stringify(path)} changed while the sync ran; it is looked at again in the next run`, {
    path,
  });
}
