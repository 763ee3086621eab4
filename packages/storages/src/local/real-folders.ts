import { SyncError } from '@cloudsync/engine/model/error';
import { ancestorsOf, parentOf } from '@cloudsync/engine/model/path';
import { absoluteOf } from './absolute.ts';
import { lstatOrNothing } from './entry-of-stats.ts';

/**
 * Makes sure that a path is reached through real folders only: a write never goes through a symlink and so never leaves
 * the root. What it has seen is remembered as long as it lives, so it lives for one batch of work and not longer.
 */
export class RealFolders {
  readonly #root: string;
  readonly #seen = new Set<string>();

  constructor(root: string) {
    this.#root = root;
  }

  /** @throws SyncError `storage/not-found` when a folder above `path` is missing, `path/unsafe` when it is a symlink */
  assertParents(path: string): void {
    const parent = parentOf(path);
    if (parent === '' || this.#seen.has(parent)) return;
    for (const folder of [...ancestorsOf(path)].reverse()) {
      if (this.#seen.has(folder)) continue;
      this.#assertFolder(folder, path);
      this.#seen.add(folder);
    }
  }

  /** Whether every folder above `path` is there and real. */
  hasParents(path: string): boolean {
    try {
      this.assertParents(path);
      return true;
    } catch (error) {
      if (SyncError.is(error)) return false;
      throw error;
    }
  }

  #assertFolder(folder: string, path: string): void {
    const stats = lstatOrNothing(absoluteOf(this.#root, folder));
    if (stats?.isDirectory()) return;
    const name = JSON.stringify(folder);
    if (stats?.isSymbolicLink()) {
      throw new SyncError('path/unsafe', `${JSON.stringify(path)} is behind the symlink ${name}; nothing is written through a symlink`, {
        path,
      });
    }
    throw new SyncError(
      'storage/not-found',
      `there is no folder ${name} to hold ${JSON.stringify(path)}; it is looked at again in the next run`,
      { path },
    );
  }
}
