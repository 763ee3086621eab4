import type { WatchChange } from '@cloudsync/engine';
import { pathToRescan } from './watched-path.ts';

/** A save, an unpacked archive or a checkout is many events; they are told together when it has been quiet for so long, */
const QUIET_MS = 10;
/** or at the latest after so long. */
const BURST_MS_MAX = 200;
/** More paths than that are no longer cheaper than looking everywhere. */
const PATHS_MAX = 10_000;

/** Gathers changed paths and tells them once a burst. */
export class ChangeBurst {
  readonly #tell: (change: WatchChange) => void;
  #paths: Set<string> | 'all' = new Set();
  #timer: NodeJS.Timeout | undefined;
  #begunAtMs = 0;

  constructor(tell: (change: WatchChange) => void) {
    this.#tell = tell;
  }

  add(path: string): void {
    const relevant = pathToRescan(path);
    if (relevant === undefined) return;
    if (relevant === '' || (this.#paths !== 'all' && this.#paths.size >= PATHS_MAX)) this.#paths = 'all';
    if (this.#paths !== 'all') this.#paths.add(relevant);
    if (this.#timer === undefined) {
      this.#begunAtMs = performance.now();
      this.#timer = setTimeout(() => this.#end(), QUIET_MS);
    } else if (performance.now() - this.#begunAtMs < BURST_MS_MAX - QUIET_MS) {
      this.#timer.refresh();
    }
  }

  /** Anything may have changed. */
  addEverything(): void {
    this.add('');
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #end(): void {
    this.#timer = undefined;
    const paths = this.#paths;
    this.#paths = new Set();
    this.#tell({ paths: paths === 'all' ? undefined : [...paths] });
  }
}
