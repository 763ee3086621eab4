import type { Region } from './regions.ts';
import { splitWords } from './text.ts';

/**
 * Tells whether both sides seem to have made the same edit in different places. It happens when the base is older than what the
 * two really have in common, and lines that repeat let one edit be read in two ways: merged, it would be made twice.
 */
export class SameEdit {
  readonly #baseWords: ReadonlySet<string>;
  readonly #by = { a: new Set<string>(), b: new Set<string>() };

  constructor(base: string) {
    this.#baseWords = new Set(splitWords(base));
  }

  /** @param tokens of the base that the region's places count */
  note({ by, start, end, a, b }: Region, tokens: readonly string[]): void {
    if (by === 'both') return;
    const marks = this.#by[by];
    for (const token of tokens.slice(start, end)) mark(marks, '-', token);
    for (const token of by === 'a' ? a : b) {
      mark(marks, '+', token);
      // Cut into lines here, the same words may be cut into words elsewhere.
      for (const word of splitWords(token)) if (!this.#baseWords.has(word)) mark(marks, '+', word);
    }
  }

  get isLikely(): boolean {
    return [...this.#by.a].some((each) => this.#by.b.has(each));
  }
}

function mark(marks: Set<string>, sign: '+' | '-', token: string): void {
  const text = token.trim();
  if (text !== '') marks.add(sign + text);
}
