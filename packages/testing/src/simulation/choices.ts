/**
 * Numbers everything that a round does to its world (a user's act, a fault, a death), so that a shrinker can leave out the
 * ones that a failure does not need. What is drawn never depends on what was left out.
 */
export class Choices {
  readonly #skipped: ReadonlySet<number>;
  readonly taken: { readonly number: number; readonly what: string }[] = [];
  #count = 0;

  constructor(skipped: ReadonlySet<number> = new Set()) {
    this.#skipped = skipped;
  }

  /** Whether this may happen. */
  permit(what: string): boolean {
    const number = ++this.#count;
    if (this.#skipped.has(number)) return false;
    this.taken.push({ number, what });
    return true;
  }
}
