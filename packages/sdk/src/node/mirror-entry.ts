import { type Entry, SyncError } from '@cloudsync/engine';
import type { MirrorNode } from '../mirror/mirror.ts';

/** What the mirror knows of an entry, as the engine has it. */
export function entryOfNode(path: string, { id, kind, size, mtimeMs, mode, hash, target, sequence }: MirrorNode): Entry {
  return { path, kind, size, mtimeMs, mode, id: String(id), version: String(sequence), hash, target };
}

/** Whether an entry of the mirror is what the caller saw. What an entry does not tell is not compared. */
export function isAsExpected(expected: Entry | undefined, node: MirrorNode | undefined): boolean {
  if (expected === undefined || node === undefined) return expected === node;
  if (expected.kind !== node.kind || differ(expected.id, String(node.id))) return false;
  if (node.kind === 'folder') return true;
  return (
    expected.size === node.size &&
    expected.mtimeMs === node.mtimeMs &&
    !differ(expected.target, node.target) &&
    !differ(expected.hash, node.hash) &&
    !differ(expected.version, String(node.sequence))
  );
}

function differ(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a !== b;
}

export function changed(path: string): SyncError {
  return new SyncError('storage/changed', `${JSON.stringify(path)} changed while the sync ran; it is looked at again in the next run`, {
    path,
  });
}

export function gone(path: string): SyncError {
  return new SyncError('storage/not-found', `${JSON.stringify(path)} is gone; it is looked at again in the next run`, { path });
}
