import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasState, type LocatedPair } from '../pair/locate-pair.ts';
import { assertParentThere, assertPresent, createRoot, isThere } from '../pair/roots.ts';

/** Where a cycle of a pair works. */
export interface Places {
  /** The folder of the destination, or its stand-in. */
  readonly destination: string;
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
  const madeDestination = !isThere(pair.destination) && createRoot(pair.destination);
  return {
    destination: pair.destination.folder,
    state: pair.directory,
    scratch: undefined,
    madeDestination,
    [Symbol.dispose]: () => undefined,
  };
}

function standIns(pair: LocatedPair): Places {
  const exists = isThere(pair.destination);
  if (!exists) assertParentThere(pair.destination);
  const scratch = mkdtempSync(join(tmpdir(), 'cloudsync-dry-run-'));
  const destination = exists ? pair.destination.folder : join(scratch, 'destination');
  if (!exists) mkdirSync(destination);
  return {
    destination,
    state: join(scratch, 'state'),
    scratch,
    madeDestination: false,
    [Symbol.dispose]: () => rmSync(scratch, { recursive: true, force: true }),
  };
}
