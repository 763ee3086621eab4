import * as z from 'zod/mini';
import type { Side } from '../model/entry.ts';
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
 * The side that already holds the outcome of a merge that was cut off, while the other still holds (or, after a power cut, holds
 * again) what it was made from. Whatever else the two hold was edited since, and has to be merged anew.
 */
export function finishedSide({ source, destination, merged }: MergeUnderway, now: Readonly<Record<Side, string>>): Side | undefined {
  if (now.source === merged && now.destination === destination) return 'source';
  return now.destination === merged && now.source === source ? 'destination' : undefined;
}
