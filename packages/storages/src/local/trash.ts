import { lstatSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Kind } from '@cloudsync/engine';
import { SyncError } from '@cloudsync/engine/model/error';
import { ancestorsOf, assertSafePath, nameOf, parentOf } from '@cloudsync/engine/model/path';
import { toMicroseconds } from '@cloudsync/engine/model/row';
import { absoluteOf } from './absolute.ts';
import { move } from './copy-tree.ts';
import { kindOfMode, lstatOrNothing } from './entry-of-stats.ts';
import { errnoOf } from './errno.ts';
import { TRASH_FOLDER } from './own-names.ts';
import { RealFolders } from './real-folders.ts';
import { toSyncError } from './sync-error.ts';
import { temporaryFor } from './write-entry.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const TIME_FOLDER = /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)(-\d+)?$/;

/** Something that a sync deleted or overwrote. */
export interface TrashItem {
  /** Names it for {@link Trash.restore}: `<time folder>/<path>`. */
  readonly id: string;
  /** Where it was, relative to the root. */
  readonly path: string;
  readonly deletedAt: Date;
  readonly kind: Exclude<Kind, 'folder'>;
  readonly size: number;
  readonly mtimeMs: number;
}

export interface RestoreOptions {
  /** When something is at its path: stop (default), or give it a name with the time of its deletion. */
  readonly onExisting?: 'refuse' | 'suffix' | undefined;
}

export interface EmptyOptions {
  /** Keep what was deleted in the last so many days. Default 0: keep nothing. */
  readonly olderThanDays?: number | undefined;
  readonly now?: Date | undefined;
}

/** The trash of a local folder, `.sync_trash/<time>/<path>`. */
export class Trash {
  readonly #root: string;
  readonly #folder: string;

  constructor(root: string) {
    this.#root = resolve(root);
    this.#folder = absoluteOf(this.#root, TRASH_FOLDER);
  }

  /** Everything in it, newest first. @throws SyncError */
  list(): TrashItem[] {
    try {
      return this.#timeFolders()
        .reverse()
        .flatMap(({ name, time }) => this.#itemsIn(name, time));
    } catch (error) {
      throw toSyncError(error, TRASH_FOLDER, 'list');
    }
  }

  /**
   * Moves an item back to its path; missing folders above it are made.
   * @returns the path that it has now
   * @throws SyncError `storage/not-found` no such item, `storage/changed` when something is at its path
   */
  restore(id: string, { onExisting = 'refuse' }: RestoreOptions = {}): string {
    assertSafePath(id);
    const [time = '', ...segments] = id.split('/');
    const wanted = segments.join('/');
    const kept = absoluteOf(this.#folder, id);
    try {
      const stats = TIME_FOLDER.test(time) && wanted !== '' ? lstatOrNothing(kept) : undefined;
      if (stats === undefined || stats.isDirectory()) {
        throw new SyncError('storage/not-found', `there is no ${JSON.stringify(id)} in the trash; list it to see what there is`, {
          path: id,
        });
      }
      const path = this.#freePath(wanted, time, onExisting);
      this.#makeParents(path);
      move(kept, absoluteOf(this.#root, path), temporaryFor({ root: this.#root }, path));
      this.#removeEmptyFolders(id);
      return path;
    } catch (error) {
      throw toSyncError(error, wanted, 'restore');
    }
  }

  /** Throws away for good. @returns how many files and bytes went */
  async empty({ olderThanDays = 0, now = new Date() }: EmptyOptions = {}): Promise<{ files: number; bytes: number }> {
    const gone = { files: 0, bytes: 0 };
    try {
      for (const { name, time } of this.#timeFolders()) {
        if (now.getTime() - time.getTime() < olderThanDays * DAY_MS) continue;
        for (const { size } of this.#itemsIn(name, time)) {
          gone.files++;
          gone.bytes += size;
        }
        await rm(absoluteOf(this.#folder, name), { recursive: true, force: true });
      }
      removeIfEmpty(this.#folder);
      return gone;
    } catch (error) {
      throw toSyncError(error, TRASH_FOLDER, 'empty');
    }
  }

  /** Oldest first. Only folders that CloudSync made: whatever else a user put there stays. */
  #timeFolders(): { name: string; time: Date }[] {
    if (!lstatOrNothing(this.#folder)?.isDirectory()) return [];
    const found: { name: string; time: Date }[] = [];
    for (const name of readdirSync(this.#folder).sort()) {
      const match = TIME_FOLDER.exec(name);
      if (match === null || !lstatOrNothing(absoluteOf(this.#folder, name))?.isDirectory()) continue;
      const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [number, number, number, number, number, number];
      found.push({ name, time: new Date(Date.UTC(year, month - 1, day, hour, minute, second)) });
    }
    return found;
  }

  #itemsIn(folder: string, deletedAt: Date): TrashItem[] {
    const items: TrashItem[] = [];
    const walk = (path: string): void => {
      for (const name of readdirSync(absoluteOf(this.#folder, path)).sort()) {
        const id = `${path}/${name}`;
        const stats = lstatSync(absoluteOf(this.#folder, id));
        const kind = kindOfMode(stats.mode);
        if (kind === 'folder') walk(id);
        else if (kind !== undefined) {
          const size = kind === 'file' ? stats.size : 0;
          items.push({ id, path: id.slice(folder.length + 1), deletedAt, kind, size, mtimeMs: toMicroseconds(stats.mtimeMs) });
        }
      }
    };
    walk(folder);
    return items;
  }

  #freePath(wanted: string, time: string, onExisting: 'refuse' | 'suffix'): string {
    if (lstatOrNothing(absoluteOf(this.#root, wanted)) === undefined) return wanted;
    if (onExisting === 'refuse') {
      throw new SyncError(
        'storage/changed',
        `there is another ${JSON.stringify(wanted)} now; restore it under another name, or move that away first`,
        { path: wanted },
      );
    }
    const name = nameOf(wanted);
    const dot = name.lastIndexOf('.') > 0 ? name.lastIndexOf('.') : name.length;
    for (let n = 1; ; n++) {
      const suffix = `.restored-${time}${n === 1 ? '' : `-${n}`}`;
      const path = wanted.slice(0, wanted.length - name.length) + name.slice(0, dot) + suffix + name.slice(dot);
      if (lstatOrNothing(absoluteOf(this.#root, path)) === undefined) return path;
    }
  }

  #makeParents(path: string): void {
    for (const folder of [...ancestorsOf(path)].reverse()) {
      new RealFolders(this.#root).assertParents(folder);
      try {
        mkdirSync(absoluteOf(this.#root, folder));
      } catch (error) {
        if (errnoOf(error) !== 'EEXIST') throw error;
      }
    }
    new RealFolders(this.#root).assertParents(path);
  }

  /** The folders that held an item, as far as nothing else is in them. */
  #removeEmptyFolders(id: string): void {
    for (let folder = parentOf(id); folder !== ''; folder = parentOf(folder)) {
      if (!removeIfEmpty(absoluteOf(this.#folder, folder))) return;
    }
    removeIfEmpty(this.#folder);
  }
}

function removeIfEmpty(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch {
    return false;
  }
}
