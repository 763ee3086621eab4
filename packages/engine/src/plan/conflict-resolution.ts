import { SyncError } from '../model/error.ts';

/** What happens when both sides changed one path. */
export const ConflictResolution = {
  NEWEST_WINS: 'newest-wins',
  SOURCE_WINS: 'source-wins',
  DESTINATION_WINS: 'destination-wins',
  MANUAL: 'manual',
  KEEP_BOTH: 'keep-both',
  AUTO_MERGE: 'auto-merge',
} as const;
export type ConflictResolution = (typeof ConflictResolution)[keyof typeof ConflictResolution];

const ALIASES: ReadonlyMap<string, ConflictResolution> = new Map(
  Object.entries({
    newestwins: 'newest-wins',
    latestwins: 'newest-wins',
    sourcewins: 'source-wins',
    keeplocal: 'source-wins',
    destinationwins: 'destination-wins',
    keepremote: 'destination-wins',
    manual: 'manual',
    ask: 'manual',
    keepboth: 'keep-both',
    automerge: 'auto-merge',
  }),
);

/** Reads any spelling: `newest-wins`, `NEWEST_WINS`, `latest-wins`, `KeepLocal`, `ask` … @throws SyncError `config/invalid` */
export function parseConflictResolution(text: string): ConflictResolution {
  const resolution = ALIASES.get(text.toLowerCase().replace(/[-_\s]/g, ''));
  if (resolution === undefined) {
    throw new SyncError(
      'config/invalid',
      `unknown conflict strategy ${JSON.stringify(text)}; use one of ${Object.values(ConflictResolution).join(', ')} (or latest-wins, ask, keep-local, keep-remote)`,
    );
  }
  return resolution;
}
