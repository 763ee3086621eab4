import * as z from 'zod/mini';
import type { StateDirectory } from './state-directory.ts';

const FILE = 'merges_underway.json';

const schema = z.array(z.object({ path: z.string(), base: z.string(), merged: z.string(), theirs: z.string() }));

/**
 * A merge that a run set out to write: of which path, against the base with which hash, the hash of the outcome, and what the
 * destination, which is written last, held before (`theirs`, a text).
 */
export type MergeUnderway = z.infer<typeof schema>[number];

/**
 * Remembers the merges of a run until both sides have them. When a run ends between its two writes, one side holds the outcome and
 * the other still its own edit: what the two have in common is that edit, not the last agreed text. Merged against that, an
 * edit could be made twice where lines repeat. A note counts only while the last agreed text of its path is still its `base`.
 */
export class MergesUnderway {
  readonly #directory: StateDirectory;

  constructor(directory: StateDirectory) {
    this.#directory = directory;
  }

  async read(): Promise<readonly MergeUnderway[]> {
    const chunks = this.#directory.read(FILE);
    if (chunks === undefined) return [];
    let text = '';
    for await (const chunk of chunks) text += chunk;
    try {
      const parsed = schema.safeParse(JSON.parse(text));
      return parsed.success ? parsed.data : [];
    } catch {
      return [];
    }
  }

  async write(merges: readonly MergeUnderway[]): Promise<void> {
    if (merges.length > 0) await this.#directory.write(FILE, [JSON.stringify(merges)]);
    else if (this.#directory.read(FILE) !== undefined) await this.#directory.remove(FILE);
  }
}
