/** Words that nobody else writes; everything else in a text may repeat. */
const UNIQUE = /\bw\d+\b/g;

export function uniqueWords(text: string): string[] {
  return text.match(UNIQUE) ?? [];
}

/** Which words must still be findable: each was written once by a user, until some user deleted it where he saw it. */
export class WordLedger {
  readonly #wanted = new Set<string>();
  readonly #known = new Set<string>();
  #count = 0;

  get wanted(): ReadonlySet<string> {
    return this.#wanted;
  }

  isKnown(word: string): boolean {
    return this.#known.has(word);
  }

  /** A word that was never there before. */
  fresh(): string {
    return `w${++this.#count}`;
  }

  /** A user replaced a text, or made one from nothing, or deleted it. */
  edited(before: string, after: string): void {
    const [old, now] = [new Set(uniqueWords(before)), new Set(uniqueWords(after))];
    for (const word of old) if (!now.has(word)) this.#wanted.delete(word);
    for (const word of now) {
      this.#known.add(word);
      if (!old.has(word)) this.#wanted.add(word);
    }
  }
}
