import { SyncError } from '@cloudsync/engine';
import { knownPairs } from '../pair/known-pairs.ts';
import type { LastRun } from '../pair/last-run.ts';
import { pairId } from '../pair/pair-id.ts';
import { assertApart, locateRoot } from '../pair/roots.ts';

export interface PairsQuestion {
  readonly source: string | undefined;
  readonly destination: string | undefined;
  readonly stateHome: string;
  readonly cwd: string;
}

/**
 * The last runs of all pairs of this device, or of the one pair that the user named.
 * @throws SyncError `config/invalid` when that pair was never synced
 */
export async function pairsOfRequest({ source, destination, stateHome, cwd }: PairsQuestion): Promise<LastRun[]> {
  const pairs = await knownPairs(stateHome);
  const known = pairs.flatMap(({ lastRun }) => (lastRun === undefined ? [] : [lastRun]));
  if (source === undefined) return known;
  if (destination === undefined) throw new SyncError('config/invalid', 'name both folders of a pair, or none for all pairs');
  const roots = [locateRoot('source', source, cwd), locateRoot('destination', destination, cwd)] as const;
  assertApart(...roots);
  const id = pairId(roots[0].url, roots[1].url);
  const run = pairs.find((pair) => pair.id === id)?.lastRun;
  if (run === undefined)
    throw new SyncError('config/invalid', `${source} and ${destination} were never synced on this device; see cloudsync status`);
  return [run];
}
