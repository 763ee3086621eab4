import { linkSync, mkdirSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { SyncError } from '@cloudsync/engine/model/error';
import { absoluteOf } from './absolute.ts';
import { copyTree, move } from './copy-tree.ts';
import { lstatOrNothing } from './entry-of-stats.ts';
import { errnoOf } from './errno.ts';
import { TRASH_FOLDER } from './own-names.ts';
import { temporaryName } from './temporary.ts';

/** File systems say in many ways that they have no hard links, or no more for this file. */
const NO_HARD_LINK = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV', 'EACCES', 'EINVAL']);

export function lacksHardLinks(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno !== undefined && NO_HARD_LINK.has(errno);
}

/** `20261121-093000`, in UTC, so that the order of the names is the order of time. */
function trashTime(date: Date): string {
  return date.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
}

/**
 * Makes the folder of one run below the trash of `root`: `.sync_trash/<time>`, with `-2` and so on when another run took
 * that second. @returns its absolute path
 */
export function makeTrashFolder(root: string, now: Date): string {
  const trash = absoluteOf(root, TRASH_FOLDER);
  mkdirSync(trash, { recursive: true, mode: 0o700 });
  if (!lstatOrNothing(trash)?.isDirectory()) {
    throw new SyncError('path/unsafe', `${JSON.stringify(TRASH_FOLDER)} is a symlink; replace it by a folder, or run with --no-trash`, {
      path: TRASH_FOLDER,
    });
  }
  const time = trashTime(now);
  for (let n = 1; ; n++) {
    const folder = absoluteOf(trash, n === 1 ? time : `${time}-${n}`);
    try {
      mkdirSync(folder, { mode: 0o700 });
      return folder;
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
    }
  }
}

/** Where one run puts what it deletes or overwrites, at the path it had. Several threads may share a folder. */
export class TrashFolder {
  readonly #folder: () => string;
  readonly #made = new Set<string>();

  /** `folder` gives one that {@link makeTrashFolder} made; it is asked when there is something to put there. */
  constructor(folder: () => string) {
    this.#folder = folder;
  }

  /** Moves what is at `absolute` into the trash; copies it there first where the trash is on another file system. */
  take(absolute: string, path: string): void {
    const kept = this.#placeFor(path);
    move(absolute, kept, absoluteOf(dirname(kept), temporaryName()));
  }

  /**
   * Keeps what is at `absolute` in the trash and leaves it in place, so that its path always has complete content until
   * something is renamed over it. A hard link costs no space, and keeps even a write that is going on at this moment.
   */
  keep(absolute: string, path: string, stats: Stats): void {
    const kept = this.#placeFor(path);
    try {
      if (stats.isSymbolicLink()) copyTree(absolute, kept);
      else linkSync(absolute, kept);
    } catch (error) {
      if (!lacksHardLinks(error)) throw error;
      copyTree(absolute, kept);
    }
  }

  /**
   * A free place that tells the path. Where the path was used before in this run, or lies in what was a file then, it is
   * the same path in another folder of the same second.
   */
  #placeFor(path: string): string {
    const folder = this.#folder();
    for (let n = 1; ; n++) {
      const place = absoluteOf(n === 1 ? folder : `${folder}-${n}`, path);
      if (this.#makeParent(dirname(place)) && lstatOrNothing(place) === undefined) return place;
    }
  }

  #makeParent(parent: string): boolean {
    if (this.#made.has(parent)) return true;
    try {
      mkdirSync(parent, { recursive: true, mode: 0o700 });
    } catch (error) {
      if (errnoOf(error) === 'EEXIST' || errnoOf(error) === 'ENOTDIR') return false;
      throw error;
    }
    this.#made.add(parent);
    return true;
  }
}
