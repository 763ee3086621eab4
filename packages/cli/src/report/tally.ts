import type { Action, SyncStatistics } from '@cloudsync/engine';
import { formatBytes, plural } from '../terminal/format.ts';

/** What was done, or would be, counted for a summary. Counts are of files and links unless the name says otherwise. */
export interface Tally {
  readonly uploaded: number;
  readonly bytesUploaded: number;
  readonly downloaded: number;
  readonly bytesDownloaded: number;
  readonly deletedAtSource: number;
  readonly deletedAtDestination: number;
  readonly renamed: number;
  readonly foldersCreated: number;
  readonly foldersDeleted: number;
  readonly attributesUpdated: number;
  readonly merged: number;
}

/** Counts a plan the way statistics count a run. */
export function tallyOfPlan(actions: readonly Action[]): Tally {
  const tally = {
    uploaded: 0,
    bytesUploaded: 0,
    downloaded: 0,
    bytesDownloaded: 0,
    deletedAtSource: 0,
    deletedAtDestination: 0,
    renamed: 0,
    foldersCreated: 0,
    foldersDeleted: 0,
    attributesUpdated: 0,
    merged: 0,
  };
  for (const { type, kind, bytes, attributesOnly, conflict } of actions) {
    if (type === 'CONFLICT' && conflict?.outcome === 'merged') tally.merged++;
    if (type === 'NO_ACTION' || type === 'CONFLICT') continue;
    if (type.startsWith('RENAME')) tally.renamed++;
    else if (type.startsWith('DELETE') && kind === 'folder') tally.foldersDeleted++;
    else if (type === 'DELETE_SOURCE') tally.deletedAtSource++;
    else if (type === 'DELETE_DESTINATION') tally.deletedAtDestination++;
    else if (attributesOnly === true) tally.attributesUpdated++;
    else if (kind === 'folder') tally.foldersCreated++;
    else if (type.startsWith('UPLOAD')) {
      tally.uploaded++;
      tally.bytesUploaded += bytes;
    } else {
      tally.downloaded++;
      tally.bytesDownloaded += bytes;
    }
  }
  return tally;
}

/** `12 to the destination (3.4 MiB), 1 deleted at the source, 2 renamed`; empty when nothing was done. */
export function tallyText(tally: Tally | SyncStatistics): string {
  const parts = [
    moved(tally.uploaded, tally.bytesUploaded, 'to the destination'),
    moved(tally.downloaded, tally.bytesDownloaded, 'to the source'),
    counted(tally.deletedAtDestination, 'deleted at the destination'),
    counted(tally.deletedAtSource, 'deleted at the source'),
    counted(tally.renamed, 'renamed'),
    counted(tally.merged, 'merged'),
    tally.foldersCreated > 0 && `${plural(tally.foldersCreated, 'folder')} made`,
    tally.foldersDeleted > 0 && `${plural(tally.foldersDeleted, 'folder')} removed`,
    tally.attributesUpdated > 0 && `${plural(tally.attributesUpdated, 'time or permission', 'times or permissions')} set`,
  ];
  return parts.filter((part) => part !== false).join(', ');
}

function moved(count: number, bytes: number, where: string): string | false {
  return count > 0 && `${plural(count, 'file')} ${where} (${formatBytes(bytes)})`;
}

function counted(count: number, what: string): string | false {
  return count > 0 && `${plural(count, 'file')} ${what}`;
}
