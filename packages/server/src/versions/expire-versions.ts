import type { WorkspaceSettings } from '@cloudsync/protocol/rest/workspaces';
import type { ServerDatabase } from '../database/server-database.ts';
import type { JournalTable } from '../journal/journal-table.ts';
import { trimVersions } from './trim-versions.ts';

export interface ExpireOptions {
  readonly database: ServerDatabase;
  readonly workspace: number;
  readonly table: JournalTable;
  readonly settings: WorkspaceSettings;
  readonly nowMs: number;
  /** Lets others have a turn. */
  readonly turn: () => Promise<void>;
}

const DAY_MS = 24 * 60 * 60_000;
/** Rows looked at in one transaction. */
const PAGE = 10_000;

const SQL = {
  /** Rows that something replaced before the moment. A head was never replaced. */
  replaced: `delete from versions where workspace = ?1 and sequence > ?2 and sequence <= ?3
    and exists (select 1 from versions n indexed by versions_by_entry where n.workspace = ?1 and n.entry = versions.entry and n.sequence > versions.sequence and n.at_ms < ?4)`,
  /** Those of them that only set a time or permissions (5, see `ROW_ACTIONS`): no versions, and a program may make one every second. */
  replacedAttributes: `delete from versions where workspace = ?1 and sequence > ?2 and sequence <= ?3 and action = 5
    and exists (select 1 from versions n indexed by versions_by_entry
      where n.workspace = ?1 and n.entry = versions.entry and n.sequence > versions.sequence and n.at_ms < ?4)`,
  /** What has been in the trash since before the moment. */
  deleted: `select e.id, e.head from entries e indexed by entries_deleted join versions v on v.workspace = e.workspace and v.sequence = e.head
    where e.workspace = ? and e.deleted > 0 and v.at_ms < ? order by e.head limit ?`,
  forgetEntry: 'delete from entries where workspace = ? and id = ?',
  forgetRows: 'delete from versions indexed by versions_by_entry where workspace = ? and entry = ?',
  horizon: 'update workspaces set horizon = max(horizon, ?) where number = ?',
  tooMany: 'select entry from versions indexed by versions_by_entry where workspace = ? group by entry having count(*) > ?',
} as const;

/** Forgets old versions and what has been in the trash for long. @returns how many entries of the trash */
export async function expireVersions(options: ExpireOptions): Promise<number> {
  const { settings, nowMs } = options;
  await trimAll(options);
  await forgetReplaced(options, SQL.replacedAttributes, nowMs - DAY_MS);
  if (settings.retentionDays === null) return 0;
  const beforeMs = nowMs - settings.retentionDays * DAY_MS;
  await forgetReplaced(options, SQL.replaced, beforeMs);
  return emptyTrash(options, beforeMs);
}

/** Brings entries that have not changed since the settings did to the number of versions that is wanted now. */
async function trimAll({ database, workspace, table, settings, turn }: ExpireOptions): Promise<void> {
  if (settings.versionHistory && settings.maxVersions === null) return;
  const wanted = settings.versionHistory ? (settings.maxVersions ?? 1) : 1;
  for (const { entry } of database.prepare(SQL.tooMany).all(workspace, wanted)) {
    await database.transaction(() => {
      const head = table.head(entry as number);
      if (head !== undefined) trimVersions({ database, workspace }, settings, [head]);
    });
    await turn();
  }
}

async function forgetReplaced({ database, workspace, table, turn }: ExpireOptions, sql: string, beforeMs: number): Promise<void> {
  const { head } = table.state;
  for (let after = 0; after < head; after += PAGE) {
    await database.transaction(() => database.prepare(sql).run(workspace, after, after + PAGE, beforeMs));
    await turn();
  }
}

async function emptyTrash({ database, workspace, turn }: ExpireOptions, beforeMs: number): Promise<number> {
  for (let forgotten = 0; ; ) {
    const page = await database.transaction(() => {
      const old = database.prepare(SQL.deleted).all(workspace, beforeMs, PAGE);
      for (const { id, head } of old) {
        database.prepare(SQL.forgetRows).run(workspace, id as number);
        database.prepare(SQL.forgetEntry).run(workspace, id as number);
        database.prepare(SQL.horizon).run(head as number, workspace);
      }
      return old.length;
    });
    forgotten += page;
    if (page < PAGE) return forgotten;
    await turn();
  }
}
