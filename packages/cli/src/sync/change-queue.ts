/** What to sync next. */
export interface Work {
  /** Undefined: everything. */
  readonly only: readonly string[] | undefined;
  /** When the first change of it was noticed; undefined when a timer asked for it. */
  readonly sinceMs: number | undefined;
}

/** With more changed paths than this, looking everywhere costs less. */
const PATHS_MAX = 2000;

/** Collects what changed while a cycle runs, so that the next one takes it all. */
export class ChangeQueue {
  #paths = new Set<string>();
  #everything = false;
  #sinceMs: number | undefined;
  #filled = Promise.withResolvers<void>();

  /** @param sinceMs when a change was noticed; undefined for work that nobody waits for */
  add(paths: readonly string[] | undefined, sinceMs?: number): void {
    if (paths === undefined) this.#everything = true;
    else for (const path of paths) this.#paths.add(path);
    if (this.#paths.size > PATHS_MAX) this.#everything = true;
    this.#sinceMs ??= sinceMs;
    if (this.size > 0) this.#filled.resolve();
  }

  /** Grows with every change; Infinity when everything is to be looked at. */
  get size(): number {
    return this.#everything ? Number.POSITIVE_INFINITY : this.#paths.size;
  }

  /** What would be taken now; undefined: everything. */
  get paths(): ReadonlySet<string> | undefined {
    return this.#everything ? undefined : this.#paths;
  }

  /** Resolves when there is something to take. */
  get filled(): Promise<void> {
    return this.#filled.promise;
  }

  take(): Work | undefined {
    if (this.size === 0) return undefined;
    const work = { only: this.#everything ? undefined : [...this.#paths], sinceMs: this.#sinceMs };
    this.#paths = new Set();
    this.#everything = false;
    this.#sinceMs = undefined;
    this.#filled = Promise.withResolvers<void>();
    return work;
  }
}
