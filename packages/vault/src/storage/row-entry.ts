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

/** Every change advances the vector; the hash tells apart what two who share an actor by mistake made of it. */
function versionOf(row: LiveRow): string {
  return row.kind === 'file' ? `${row.vector}/${row.hash.slice(0, 16)}` : row.vector;
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
