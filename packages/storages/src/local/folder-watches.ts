import { type FSWatcher, lstatSync, readdirSync, statSync, watch } from 'node:fs';
import { absoluteOf } from './absolute.ts';
import { errnoOf } from './errno.ts';
import { isOwnName } from './own-names.ts';

/** The kernel drops events without a word when 16,384 wait (inotify(7)); half of them in one turn is near enough to doubt. */
const EVENTS_PER_TURN_MAX = 8192;
/** How often everything is looked at while some folder cannot be watched, or the root is gone. */
const BLIND_MS = 10_000;

export interface WatchEvents {
  /** Something happened at a path; for a new folder also anywhere below it. */
  readonly onPath: (path: string) => void;
  /** Events may have been lost. */
  readonly onLoss: () => void;
}

/**
 * One inotify watch for each folder of a tree. A folder that appears is watched, with everything below it, before its
 * path is told: whatever was made in it earlier is found by the listing that follows, whatever comes later is an event.
 */
export class FolderWatches {
  readonly #root: string;
  readonly #events: WatchEvents;
  readonly #watches = new Map<string, FSWatcher>();
  #eventsInTurn = 0;
  #blindTimer: NodeJS.Timeout | undefined;

  constructor(root: string, events: WatchEvents) {
    this.#root = root;
    this.#events = events;
  }

  /** Sets all watches. @throws the system's error when the root, or any folder for want of watches (`ENOSPC`), is not watched */
  start(): void {
    this.#watch('');
    this.#addBelow('');
  }

  close(): void {
    clearInterval(this.#blindTimer);
    for (const watcher of this.#watches.values()) watcher.close();
    this.#watches.clear();
  }

  #watch(folder: string): void {
    const watcher = watch(absoluteOf(this.#root, folder), (event, name) => this.#onEvent(folder, event, name));
    watcher.on('error', () => this.#drop(folder));
    this.#watches.set(folder, watcher);
  }

  /** Watches the folders below one that is watched; first the watch, then the look inside, so that nothing slips between. */
  #addBelow(folder: string): void {
    for (const entry of readFolder(absoluteOf(this.#root, folder))) {
      if (!entry.isDirectory() || isOwnName(entry.name)) continue;
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (this.#watches.has(path)) continue;
      try {
        this.#watch(path);
      } catch (error) {
        // Gone again, or not ours to read: the listing says so too. Without watches left, nothing would.
        if (errnoOf(error) === 'ENOSPC') throw error;
        continue;
      }
      this.#addBelow(path);
    }
  }

  #onEvent(folder: string, event: string, name: string | null): void {
    this.#countEvent();
    const path = folder === '' || name === null ? (name ?? folder) : `${folder}/${name}`;
    this.#events.onPath(path);
    if (event === 'rename' && name !== null) this.#onNewOrGone(path);
    if (folder === '' && !this.#isRootThere()) this.#goBlind();
  }

  #onNewOrGone(path: string): void {
    if (this.#watches.has(path)) this.#drop(path);
    const stats = lstatSync(absoluteOf(this.#root, path), { throwIfNoEntry: false });
    if (!stats?.isDirectory() || isOwnName(path.slice(path.lastIndexOf('/') + 1))) return;
    try {
      this.#watch(path);
      this.#addBelow(path);
    } catch (error) {
      if (errnoOf(error) === 'ENOSPC') this.#goBlind();
    }
  }

  #drop(folder: string): void {
    for (const [path, watcher] of this.#watches) {
      if (path !== folder && !path.startsWith(`${folder}/`)) continue;
      watcher.close();
      this.#watches.delete(path);
    }
  }

  #countEvent(): void {
    if (this.#eventsInTurn++ === 0) setImmediate(() => this.#endTurn());
  }

  #endTurn(): void {
    const isLossLikely = this.#eventsInTurn >= EVENTS_PER_TURN_MAX;
    this.#eventsInTurn = 0;
    if (!isLossLikely) return;
    this.#restart();
    this.#events.onLoss();
  }

  #isRootThere(): boolean {
    return statSync(this.#root, { throwIfNoEntry: false })?.isDirectory() === true;
  }

  /** Tells at intervals that anything may have changed, until all folders can be watched again. */
  #goBlind(): void {
    this.#events.onLoss();
    this.#blindTimer ??= setInterval(() => {
      if (this.#restart()) {
        clearInterval(this.#blindTimer);
        this.#blindTimer = undefined;
      }
      this.#events.onLoss();
    }, BLIND_MS);
  }

  /** @returns whether all folders are watched now */
  #restart(): boolean {
    for (const watcher of this.#watches.values()) watcher.close();
    this.#watches.clear();
    try {
      this.start();
      return true;
    } catch {
      return false;
    }
  }
}

/** The entries of a folder; none when it is gone or cannot be read. */
function readFolder(absolute: string): ReturnType<typeof readEntries> {
  try {
    return readEntries(absolute);
  } catch {
    return [];
  }
}

function readEntries(absolute: string) {
  return readdirSync(absolute, { withFileTypes: true });
}
