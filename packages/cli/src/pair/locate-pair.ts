import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { nameOf } from '@cloudsync/engine';
import { pairId } from './pair-id.ts';
import type { PairRequest } from './pair-request.ts';
import { assertApart, assertVaultIsMeant, locateRoot, type Root } from './roots.ts';

/** A pair whose places are known. Nothing was changed to learn them. */
export interface LocatedPair {
  readonly id: string;
  /** Short name for people: `docs ↔ backup`. */
  readonly label: string;
  /** The folder of its state. */
  readonly directory: string;
  readonly request: PairRequest;
  readonly source: Root;
  readonly destination: Root;
}

/** The folder below a pair's state whose lock says that somebody watches the pair. */
export const WATCH_FOLDER = 'watch';

/** @throws SyncError for roots that cannot be a pair; see pair/roots.ts */
export function locatePair(request: PairRequest, stateHome: string, cwd: string): LocatedPair {
  const source = locateRoot('source', request.source, cwd);
  const destination = locateRoot('destination', request.destination, cwd);
  assertApart(source, destination);
  assertVaultIsMeant(source, destination);
  const id = pairId(source.url, destination.url);
  return { id, label: pairLabel(source.url, destination.url), directory: join(stateHome, id), request, source, destination };
}

function pairLabel(sourceUrl: string, destinationUrl: string): string {
  return `${nameOf(sourceUrl) || sourceUrl} ↔ ${nameOf(destinationUrl) || destinationUrl}`;
}

/** True when a sync of the pair has agreed on something before. */
export function hasState(pairDirectory: string): boolean {
  return existsSync(join(pairDirectory, 'sync_metadata.json'));
}
