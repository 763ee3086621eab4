import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasState, type LocatedPair } from '../pair/locate-pair.ts';
import { assertParentThere, assertPresent, createRoot, isThere } from '../pair/roots.ts';

/** Where a cycle of a pair works. */
export interface Places {
  /** An empty folder that is the destination instead; only in a dry run. */
  readonly standIn: string | undefined;
  readonly state: string;
  /** A folder that only this run uses. */
  readonly scratch: string | undefined;
  readonly madeDestination: boolean;
  [Symbol.dispose](): void;
}

/**
 * Checks that both roots are there and makes the destination of a first run. A dry run changes nothing: what does not
 * exist yet is stood in for by an empty folder of its own.
 * @throws SyncError `storage/root-missing`, `storage/denied`
 */
export function preparePair(pair: LocatedPair, dryRun: boolean): Places {
  const firstRun = !hasState(pair.directory);
  assertPresent(pair.source, firstRun);
  assertPresent(pair.destination, firstRun);
  if (dryRun && firstRun) return standIns(pair);
  const { destination } = pair;
  const madeDestination = destination.type !== 'workspace' && !isThere(destination) && createRoot(destination);
  return {
    standIn: undefined,
    state: pair.directory,
    scratch: undefined,
    madeDestination,
    [Symbol.dispose]: () => undefined,
  };
}

function standIns({ destination }: LocatedPair): Places {
  const exists = destination.type === 'workspace' || isThere(destination);
  if (!exists) assertParentThere(destination);
  const scratch = mkdtempSync(join(tmpdir(), 'cloudsync-dry-run-'));
  const standIn = exists ? undefined : join(scratch, 'destination');
  if (standIn !== undefined) mkdirSync(standIn);
  return {
    standIn,
    state: join(scratch, 'state'),
    scratch,
    madeDestination: false,
    [Symbol.dispose]: () => rmSync(scratch, { recursive: true, force: true }),
  };
}
