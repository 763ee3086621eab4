import type { ChunkerParams } from './chunker-params.ts';
import type { PositionFinder } from './position-finder.ts';

/** Finds where chunks end in the memory of a finder. */
export class Cutter {
  readonly #params: ChunkerParams;
  readonly #finder: PositionFinder;

  constructor(params: ChunkerParams, finder: PositionFinder) {
    this.#params = params;
    this.#finder = finder;
  }

  /**
   * The length of the chunk that begins at `start`, or undefined when its end is not among the bytes up to `end`; what is left at the
   * end of a file is its last chunk. `start` may lie outside the memory, even below zero: only what is near a judged position is read.
   * @param judged so many bytes of the chunk were there before, and its end was not among them
   */
  chunkLength(start: number, end: number, judged = 0): number | undefined {
    const { minimum, average, maximum } = this.#params;
    const first = Math.max(minimum, judged + 1);
    const last = Math.min(end - start, maximum);
    if (first <= last) {
      const found = this.#finder.find(start + first, last - first + 1, average - first);
      if (found >= 0) return first + found;
    }
    return end - start >= maximum ? maximum : undefined;
  }
}
