import type { Row } from '@cloudsync/protocol';
import type { WorkspaceSettings } from '@cloudsync/protocol/rest/workspaces';
import type { ServerDatabase } from '../database/server-database.ts';
import type { JournalTable } from '../journal/journal-table.ts';

const FORGET_BEFORE = 'delete from versions where workspace = ? and entry = ? and sequence < ?';

/** What made a row a version: something that a user can go back to. */
export function isVersion({ action, deleted }: Row): boolean {
  return !deleted && (action === 'created' || action === 'modified' || action === 'restored');
}

/**
 * Forgets what a workspace keeps no longer of entries that just changed: all but the newest row without a history, else what is older than so
 * many versions. Runs inside the transaction that appended `rows`.
 */
export function trimVersions(
  { database, table, workspace }: { database: ServerDatabase; table: JournalTable; workspace: number },
  { versionHistory, maxVersions }: WorkspaceSettings,
  rows: readonly Row[],
): void {
  if (versionHistory && maxVersions === null) return;
  for (const row of rows) {
    // A file in the trash stays one that can be taken out again.
    if (row.kind === 'folder' || row.deleted || row.sequence === row.id) continue;
    const oldest = versionHistory ? oldestToKeep(table, row, maxVersions ?? 1) : row.sequence;
    if (oldest !== undefined) database.prepare(FORGET_BEFORE).run(workspace, row.id, oldest);
  }
}

const PAGE = 200;

/** The sequence of the oldest version that is kept, when there are older ones. */
function oldestToKeep(table: JournalTable, row: Row, versions: number): number | undefined {
  let left = versions;
  for (let before: number | undefined; ; ) {
    const page = table.rowsOfEntry(row.id, { before, limit: PAGE });
    for (const version of page) {
      if (!isVersion(version)) continue;
      left--;
      if (left === 0) return version.sequence;
    }
    if (page.length < PAGE) return undefined;
    before = page.at(-1)?.sequence;
  }
}
