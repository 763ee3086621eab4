import { chmodSync, lstatSync } from 'node:fs';
import { parentOf } from '@cloudsync/engine/model/path';
import { absoluteOf } from './absolute.ts';
import { errnoOf } from './errno.ts';

const OWNER_MAY_ALL = 0o700;

/**
 * Does work that changes what is directly in the folders of `paths`, also where such a folder is one's own and read-only
 * (Go's module cache is full of them): like rsync, it is made writable for the moment. The work must be one that can be
 * begun again after `EACCES`.
 */
export function evenInReadOnlyFolders<T>(root: string, paths: readonly string[], work: () => T): T {
  try {
    return work();
  } catch (error) {
    const restore = openFolders(root, paths, error);
    try {
      return work();
    } finally {
      restore();
    }
  }
}

/** The same for work that takes its time. */
export async function evenInReadOnlyFoldersLater<T>(root: string, paths: readonly string[], work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const restore = openFolders(root, paths, error);
    try {
      return await work();
    } finally {
      restore();
    }
  }
}

/** Makes folders writable. @returns what gives them their modes back @throws the error again when that is no way around it */
function openFolders(root: string, paths: readonly string[], error: unknown): () => void {
  if (errnoOf(error) !== 'EACCES') throw error;
  const opened = new Map<string, number>();
  for (const folder of new Set(paths.map(parentOf))) {
    const absolute = absoluteOf(root, folder);
    const { mode, uid } = lstatSync(absolute);
    if (uid !== process.geteuid?.() || (mode & OWNER_MAY_ALL) === OWNER_MAY_ALL) continue;
    chmodSync(absolute, (mode & 0o7777) | OWNER_MAY_ALL);
    opened.set(absolute, mode & 0o7777);
  }
  if (opened.size === 0) throw error;
  return () => {
    for (const [absolute, mode] of opened) chmodSync(absolute, mode);
  };
}
