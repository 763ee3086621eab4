import { type Entry, isWithin } from '@cloudsync/engine';
import type { Random } from '../random.ts';
import type { Disk } from './disk.ts';

/**
 * What one client has seen of a storage so far. A listing may lag behind, but never behind this: real stores promise their
 * clients at least to read their own writes and not to go back in time (session guarantees, Terry et al. 1994), and no
 * synchroniser can work on one that does not.
 */
export class ClientView {
  readonly #seen = new Map<string, Entry>();

  /** The client was shown a listing, or the part of one that `only` names; some of it may have been out of date. */
  see(shown: readonly Entry[], only: readonly string[] | undefined): void {
    for (const path of [...this.#seen.keys()]) if (isWanted(path, only)) this.#seen.delete(path);
    for (const entry of shown) this.#seen.set(entry.path, entry);
  }

  /** The client has written this, or was told of it. */
  note(entry: Entry): void {
    this.#seen.set(entry.path, entry);
  }

  forget(path: string): void {
    for (const seen of [...this.#seen.keys()]) if (isWithin(path, seen)) this.#seen.delete(seen);
  }

  move(from: string, to: string): void {
    const moved = [...this.#seen].filter(([path]) => isWithin(from, path));
    this.forget(to);
    this.forget(from);
    for (const [path, entry] of moved) this.#seen.set(to + path.slice(from.length), { ...entry, path: to + path.slice(from.length) });
  }

  /** Some of what others changed meanwhile, as it was before: an entry, or null where there was none. */
  staleEntries(disk: Disk, random: Random): Map<string, Entry | null> {
    const stale = new Map<string, Entry | null>();
    for (const found of disk.all()) {
      const now = disk.entryOf(found);
      const before = this.#seen.get(found.path);
      if (before?.version === now.version && before?.mtimeMs === now.mtimeMs) continue;
      if (random.chance(0.5)) stale.set(found.path, before ?? null);
    }
    for (const [path, before] of this.#seen) if (disk.find(path) === undefined && random.chance(0.5)) stale.set(path, before);
    return stale;
  }
}

function isWanted(path: string, only: readonly string[] | undefined): boolean {
  return only === undefined || only.some((wanted) => isWithin(wanted, path));
}
