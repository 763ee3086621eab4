import type { Side } from '../model/entry.ts';
import { SyncError } from '../model/error.ts';

/** Which way changes travel. */
export const SyncMode = {
  TWO_WAY: 'two-way',
  SOURCE_TO_DESTINATION: 'source-to-destination',
  SOURCE_BACKUP: 'source-backup',
  DESTINATION_TO_SOURCE: 'destination-to-source',
  DESTINATION_BACKUP: 'destination-backup',
} as const;
export type SyncMode = (typeof SyncMode)[keyof typeof SyncMode];

const ALIASES: ReadonlyMap<string, SyncMode> = new Map(
  Object.entries({
    twoway: 'two-way',
    tw: 'two-way',
    std: 'source-to-destination',
    mirror: 'source-to-destination',
    sourcetodestination: 'source-to-destination',
    sb: 'source-backup',
    sourcebackup: 'source-backup',
    dts: 'destination-to-source',
    destinationtosource: 'destination-to-source',
    db: 'destination-backup',
    destinationbackup: 'destination-backup',
  }),
);

/** Reads any spelling of a mode: `two-way`, `TWO_WAY`, `twoWay`, `tw`, `mirror` … @throws SyncError `config/invalid` */
export function parseSyncMode(text: string): SyncMode {
  const mode = ALIASES.get(text.toLowerCase().replace(/[-_\s]/g, ''));
  if (mode === undefined) {
    throw new SyncError(
      'config/invalid',
      `unknown mode ${JSON.stringify(text)}; use one of ${Object.values(SyncMode).join(', ')} (or tw, std, sb, dts, db)`,
    );
  }
  return mode;
}

/** The side that a one-way mode takes from and never touches; undefined for two-way. */
export function giverOf(mode: SyncMode): Side | undefined {
  if (mode === 'two-way') return undefined;
  return mode === 'source-to-destination' || mode === 'source-backup' ? 'source' : 'destination';
}
