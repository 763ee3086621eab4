import * as z from 'zod/mini';
import type { StateDirectory } from './state-directory.ts';

const FILE = 'merges_underway.json';

const schema = z.array(z.object({ path: z.string(), base: z.string(), source: z.string(), destination: z.string(), merged: z.string() }));

/** A merge that a run set out to write. Besides the path all are hashes: of what was agreed on, of both versions and of the outcome. */
export type MergeUnderway = z.infer<typeof schema>[number];

/**
 * Remembers the merges of a run until both sides have them. When a run ends between its two writes, one side holds the outcome
 * and the other still its own version; compared with the last agreed text alone, edits could be made twice where lines repeat.
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

/**
 * Whether the source holds what both sides should have after a merge that was cut off. The source is written first: where the destination holds the outcome,
 * the source held it too and was edited since; where the source holds it and the destination its old version, it is still to be brought there.
 */
export function isSourceAhead(merge: MergeUnderway, now: { readonly source: string; readonly destination: string }): boolean {
  return now.destination === merge.merged || (now.source === merge.merged && now.destination === merge.destination);
}
