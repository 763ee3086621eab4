/**
 * One flush for many who ask at the same time. Who asks while one is under way waits for the next, which begins when that has ended,
 * and which everybody shares who has asked by then: so every flush begins after all that it is asked for was written.
 */
export class SharedFlush {
  readonly #flush: (paths: ReadonlySet<string>) => Promise<void>;
  #underWay: Promise<unknown> = Promise.resolve();
  #next: { readonly paths: Set<string>; readonly done: Promise<void> } | undefined;

  /** @param flush puts what was written at these paths on disk */
  constructor(flush: (paths: ReadonlySet<string>) => Promise<void>) {
    this.#flush = flush;
  }

  /** @throws what the flush throws, to everybody who shares it */
  request(paths: ReadonlySet<string>): Promise<void> {
    this.#next ??= this.#begin();
    for (const path of paths) this.#next.paths.add(path);
    return this.#next.done;
  }

  #begin(): { readonly paths: Set<string>; readonly done: Promise<void> } {
    const paths = new Set<string>();
    const done = this.#underWay.then(() => {
      this.#next = undefined;
      return this.#flush(paths);
    });
    this.#underWay = done.catch(() => undefined);
    return { paths, done };
  }
}
