import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LastRun } from './last-run.ts';
import { readLastRun } from './last-run-file.ts';

/** A pair that this device has synced. */
export interface KnownPair {
  readonly id: string;
  /** The folder of its state. */
  readonly directory: string;
  /** Undefined when its record cannot be read; the next sync of the pair writes it again. */
  readonly lastRun: LastRun | undefined;
}

/** All pairs with a record of a run below a state folder, the latest run first. */
export async function knownPairs(stateHome: string): Promise<KnownPair[]> {
  const pairs: KnownPair[] = [];
  for (const id of await foldersIn(stateHome)) {
    const directory = join(stateHome, id);
    const lastRun = await readLastRun(directory);
    if (lastRun !== 'missing') pairs.push({ id, directory, lastRun: lastRun === 'unreadable' ? undefined : lastRun });
  }
  return pairs.sort((a, b) => (b.lastRun?.finishedAt ?? '').localeCompare(a.lastRun?.finishedAt ?? ''));
}

async function foldersIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    // Nothing was ever synced.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
