import type { WatchChange } from '@cloudsync/engine';
import { pathToRescan } from './watched-path.ts';

/** A save of a file or a few is told when nothing more came for so long: an editor writes, syncs and renames within it; */
const QUIET_MS = 3;
const FEW_PATHS = 8;
/** more than a few are an unpacked archive or a checkout: they are told together when it has been quiet for so long, */
const BURST_QUIET_MS = 10;
/** or at the latest after so long. */
const BURST_MS_MAX = 200;
/** What is still being written is held back, but not for longer than this: a log is written for ever. */
const HELD_MS_MAX = 5_000;
/** More paths than that are no longer cheaper than looking everywhere. */
const PATHS_MAX = 10_000;

export interface ChangeBurstOptions {
  readonly tell: (change: WatchChange) => void;
  /** For how many ms more a path should be left alone, because somebody is writing to it; 0 when it looks complete. */
  readonly unsettledMs?: ((path: string) => number) | undefined;
  readonly now?: (() => number) | undefined;
}

/** Gathers changed paths and tells them once a burst. */
export class ChangeBurst {
  readonly #tell: (change: WatchChange) => void;
  readonly #unsettledMs: (path: string) => number;
  readonly #now: () => number;
  #paths: Set<string> | 'all' = new Set();
  #timer: NodeJS.Timeout | undefined;
  #begunAtMs = 0;
  /** Paths that are still being written, since when they are held back. */
  readonly #held = new Map<string, number>();
  #heldTimer: NodeJS.Timeout | undefined;

  constructor({ tell, unsettledMs = () => 0, now = () => performance.now() }: ChangeBurstOptions) {
    this.#tell = tell;
    this.#unsettledMs = unsettledMs;
    this.#now = now;
  }

  add(path: string): void {
    const relevant = pathToRescan(path);
    if (relevant === undefined) return;
    if (relevant === '' || (this.#paths !== 'all' && this.#paths.size >= PATHS_MAX)) this.#paths = 'all';
    if (this.#paths !== 'all') this.#paths.add(relevant);
    this.#begin();
  }

  /** Anything may have changed. */
  addEverything(): void {
    this.add('');
  }

  close(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#heldTimer);
  }

  #begin(): void {
    const now = this.#now();
    if (this.#timer === undefined) this.#begunAtMs = now;
    else if (now - this.#begunAtMs >= BURST_MS_MAX - BURST_QUIET_MS) return;
    clearTimeout(this.#timer);
    const isFew = this.#paths !== 'all' && this.#paths.size <= FEW_PATHS;
    this.#timer = setTimeout(() => this.#end(), isFew ? QUIET_MS : BURST_QUIET_MS);
  }

  #end(): void {
    this.#timer = undefined;
    const paths = this.#paths;
    this.#paths = new Set();
    if (paths === 'all') {
      this.#held.clear();
      this.#tell({ paths: undefined });
      return;
    }
    // Of many at once nobody waits for one; asking after each would take longer than to find out by copying.
    const ready = paths.size <= FEW_PATHS ? [...paths].filter((path) => !this.#isHeld(path)) : [...paths];
    if (ready.length > 0) this.#tell({ paths: ready });
  }

  #isHeld(path: string): boolean {
    const now = this.#now();
    const waitMs = this.#unsettledMs(path);
    const sinceMs = this.#held.get(path) ?? now;
    if (waitMs === 0 || now - sinceMs >= HELD_MS_MAX) {
      this.#held.delete(path);
      return false;
    }
    this.#held.set(path, sinceMs);
    clearTimeout(this.#heldTimer);
    this.#heldTimer = setTimeout(() => this.#lookAgain(), waitMs);
    return true;
  }

  #lookAgain(): void {
    this.#heldTimer = undefined;
    if (this.#paths === 'all') return;
    for (const path of this.#held.keys()) this.#paths.add(path);
    this.#begin();
  }
}
