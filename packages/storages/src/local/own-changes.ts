import type { Entry, WatchChange } from '@cloudsync/engine';
import { isUntouched } from '@cloudsync/engine/model/entry';
import { lookAt, type Place } from './place.ts';

/** What was done longer ago has been told of by the system long since. */
const REMEMBERED_MAX = 20_000;
const NEW_FOLDER_MS = 10_000;

/** How a path was left. */
type Left = { readonly entry: Entry | undefined } | { readonly newFolderSinceMs: number };

/** Remembers what was written here, so that a watcher need not tell of it: each synced file would wake a cycle that has nothing to do. */
export class OwnChanges {
  /** By path, the oldest first. */
  readonly #left = new Map<string, Left>();
  readonly #now: () => number;
  /** How many are changing something now. */
  #atWork = 0;
  /** What was told meanwhile: whether it is our own is known when all is done. */
  #heldBack: (() => void)[] = [];

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Does work that changes something and remembers what. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#atWork++;
    try {
      return await work();
    } finally {
      if (--this.#atWork === 0) for (const tell of this.#heldBack.splice(0)) tell();
    }
  }

  /** Tells of what others changed, now or when the work of this moment is done. @param place where the paths are */
  tellForeign({ paths }: WatchChange, place: () => Place, onChange: (change: WatchChange) => void): void {
    const tell = (): void => {
      const foreign = paths && this.#foreign(paths, place());
      if (foreign === undefined || foreign.length > 0) onChange({ paths: foreign });
    };
    if (this.#atWork === 0) tell();
    else this.#heldBack.push(tell);
  }

  made(entry: Entry): void {
    // What somebody else put into it before it was watched is told by its path alone.
    this.#remember(entry.path, entry.kind === 'folder' ? { newFolderSinceMs: this.#now() } : { entry });
  }

  /** Its attributes were changed. */
  updated(entry: Entry): void {
    const left = this.#left.get(entry.path);
    const isNewFolder = left !== undefined && 'newFolderSinceMs' in left && this.#now() - left.newFolderSinceMs < NEW_FOLDER_MS;
    if (!isNewFolder) this.#remember(entry.path, { entry });
  }

  deleted(path: string): void {
    this.#remember(path, { entry: undefined });
  }

  /** Without the paths that are as they were left. */
  #foreign(paths: readonly string[], place: Place): string[] {
    return paths.filter((path) => {
      const left = this.#left.get(path);
      return left === undefined || !('entry' in left) || !isAsLeft(place, path, left.entry);
    });
  }

  #remember(path: string, left: Left): void {
    this.#left.delete(path);
    this.#left.set(path, left);
    if (this.#left.size <= REMEMBERED_MAX) return;
    const [oldest] = this.#left.keys();
    if (oldest !== undefined) this.#left.delete(oldest);
  }
}

function isAsLeft(place: Place, path: string, left: Entry | undefined): boolean {
  try {
    const { stats, entry } = lookAt(place, path);
    if (left === undefined) return stats === undefined;
    return entry !== undefined && isUntouched(left, entry) && left.mtimeMs === entry.mtimeMs;
  } catch {
    // Whoever syncs will say what is wrong there.
    return false;
  }
}
