import type { Row } from '@cloudsync/protocol';
import type { WorkspaceSettings } from '@cloudsync/protocol/rest/workspaces';
import type { ServerDatabase } from '../database/server-database.ts';

const SQL = {
  /** The oldest of the newest so many rows that are versions: created (0), modified (1) or restored (4), see `ROW_ACTIONS`. */
  oldestToKeep: `select sequence from versions indexed by versions_by_entry
    where workspace = ? and entry = ? and deleted = 0 and action in (0, 1, 4) order by sequence desc limit 1 offset ?`,
  forgetBefore: 'delete from versions indexed by versions_by_entry where workspace = ? and entry = ? and sequence < ?',
} as const;

/** What made a row a version: something that a user can go back to. */
export function isVersion({ action, deleted }: Row): boolean {
  return !deleted && (action === 'created' || action === 'modified' || action === 'restored');
}

/**
 * Forgets what a workspace keeps no longer of entries that just changed: all but the newest row without a history, else what is older than so
 * many versions. Runs inside the transaction that appended `rows`.
 */
export function trimVersions(
  { database, workspace }: { database: ServerDatabase; workspace: number },
  { versionHistory, maxVersions }: WorkspaceSettings,
  rows: readonly Row[],
): void {
  if (versionHistory && maxVersions === null) return;
  for (const row of rows) {
    // A file in the trash stays one that can be taken out again.
    if (row.kind === 'folder' || row.deleted || row.sequence === row.id) continue;
    const found = versionHistory ? database.prepare(SQL.oldestToKeep).get(workspace, row.id, (maxVersions ?? 1) - 1) : row;
    if (found !== undefined) database.prepare(SQL.forgetBefore).run(workspace, row.id, found.sequence as number);
  }
}
