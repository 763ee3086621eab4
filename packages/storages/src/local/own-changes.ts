import type { Entry } from '@cloudsync/engine';
import { isUntouched } from '@cloudsync/engine/model/entry';
import { lookAt, type Place } from './place.ts';

/** What was done longer ago has been told of by the system long since. */
const REMEMBERED_MAX = 20_000;

/** Remembers what was written here, so that a watcher need not tell of it: each synced file would wake a cycle that has nothing to do. */
export class OwnChanges {
  /** By path, the oldest first: how it was left; undefined: deleted. */
  readonly #left = new Map<string, Entry | undefined>();

  wrote(entry: Entry): void {
    // Much may happen in a folder without a trace in its entry.
    if (entry.kind !== 'folder') this.#remember(entry.path, entry);
  }

  deleted(path: string): void {
    this.#remember(path, undefined);
  }

  /** Without the paths that are as they were left. @param place where they are */
  foreign(paths: readonly string[], place: Place): string[] {
    return paths.filter((path) => !this.#left.has(path) || !isAsLeft(place, path, this.#left.get(path)));
  }

  #remember(path: string, entry: Entry | undefined): void {
    this.#left.delete(path);
    this.#left.set(path, entry);
    if (this.#left.size <= REMEMBERED_MAX) return;
    const [oldest] = this.#left.keys();
    if (oldest !== undefined) this.#left.delete(oldest);
  }
}

function isAsLeft(place: Place, path: string, left: Entry | undefined): boolean {
  try {
    const { stats, entry } = lookAt(place, path);
    return left === undefined ? stats === undefined : entry !== undefined && isUntouched(left, entry);
  } catch {
    // Whoever syncs will say what is wrong there.
    return false;
  }
}
