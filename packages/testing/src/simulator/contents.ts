import type { Random } from '../random.ts';

const PADDING_MAX = 180;
/** Longer than any start of a content, whoever wrote it. */
const UNIQUE_SIZE_MIN = 30;

/** Makes contents that occur once in a round, so that whatever lies on a disk tells who wrote it. */
export class Contents {
  readonly #uniqueSizes: boolean;
  #count = 0;

  /** @param uniqueSizes for comparisons that look at nothing but the size */
  constructor(uniqueSizes: boolean) {
    this.#uniqueSizes = uniqueSizes;
  }

  fresh(author: string, random: Random): string {
    const number = ++this.#count;
    const start = `#${String(number).padStart(4, '0')} by ${author} `;
    const padding = random.chance(0.3) ? 0 : random.below(PADDING_MAX);
    return this.#uniqueSizes ? `${start.padEnd(UNIQUE_SIZE_MIN + number, '.')}\n` : `${start}${'.'.repeat(padding)}\n`;
  }

  /** Another content of the same length. */
  freshOfSize(text: string, author: string): string {
    const start = `#${String(++this.#count).padStart(4, '0')} by ${author} `;
    return start.length < text.length ? `${start}${'~'.repeat(text.length - start.length - 1)}\n` : `${start}\n`;
  }
}
