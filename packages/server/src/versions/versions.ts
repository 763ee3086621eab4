import { SyncError } from '@cloudsync/engine';
import type { Row } from '@cloudsync/protocol';
import type { ServerDatabase } from '../database/server-database.ts';
import type { ChangeResult } from '../journal/change.ts';
import type { JournalTable } from '../journal/journal-table.ts';
import { pathOf } from '../journal/lookup.ts';
import { visibleRows } from '../journal/visible-rows.ts';
import type { Caller } from '../workspace/caller.ts';
import type { Committer } from '../workspace/committer.ts';
import type { JournalWriter } from '../workspace/journal-writer.ts';
import { decideRestore } from './decide-restore.ts';
import { isVersion } from './trim-versions.ts';

export interface VersionsOptions {
  readonly database: ServerDatabase;
  readonly workspace: number;
  readonly table: JournalTable;
  readonly writer: JournalWriter;
  readonly committer: Committer;
}

export interface RestoreOptions {
  /** Of the row to go back to; of a deleted entry's own row: to what it was before. */
  readonly sequence: number;
  /** Elsewhere than it is or was. */
  readonly path?: string | undefined;
  /** Of a deleted folder also what was deleted with it. */
  readonly deep?: boolean | undefined;
  readonly requestId?: string | undefined;
}

const SQL = {
  forgetRows: 'delete from versions indexed by versions_by_entry where workspace = ? and entry = ? and sequence < ?',
  forgetContent:
    'update versions set hash = null, content = null, chunks = 0, size = 0, target = null where workspace = ? and sequence = ?',
  purged: 'update entries set deleted = 2 where workspace = ? and id = ?',
  deletedIn: `select id from entries indexed by entries_deleted
    where workspace = ? and parent = ? and deleted > 0 and deleted = 1 order by head desc`,
} as const;

const ROWS_MAX = 10_000;
/** What was deleted so shortly before a folder was deleted with it. */
const TOGETHER_MS = 5 * 60_000;

/** Old versions and the trash of one workspace. */
export class Versions {
  readonly #options: VersionsOptions;

  constructor(options: VersionsOptions) {
    this.#options = options;
  }

  /** What an entry was, the newest first: its head when it is there, and each row that gave it its content. */
  list(id: number): Row[] {
    const rows = this.#options.table.rowsOfEntry(id, { limit: ROWS_MAX });
    const newest = rows.find(({ deleted }) => !deleted);
    // What moved or got another time is the version that it was.
    return rows.filter((row, index) => isVersion(row) || (row === newest && !rows.slice(index + 1).some(isVersion)));
  }

  /** Deleted entries, the last deleted first. */
  trash(caller: Caller, { before = Number.MAX_SAFE_INTEGER, limit }: { before?: number | undefined; limit: number }): readonly Row[] {
    const { table } = this.#options;
    const found: Row[] = [];
    for (let at = before; found.length < limit; ) {
      const page = table.deleted(at, limit);
      found.push(...visibleRows(table, caller.rights, page));
      const last = page.at(-1);
      if (last === undefined || page.length < limit) break;
      at = last.sequence;
    }
    return found.slice(0, limit);
  }

  /**
   * Makes a version the newest one.
   * @throws SyncError `server/not-found` when there is no such version (for the caller)
   */
  async restore(caller: Caller, { sequence, path, deep = false, requestId }: RestoreOptions): Promise<ChangeResult> {
    const { committer } = this.#options;
    const results = await committer.write(caller, requestId, {
      decide: (context) => {
        const version = this.#versionAt(caller, sequence);
        const below = deep ? this.#deletedWith(version) : [];
        return decideRestore(context, { version, path, below });
      },
    });
    const [result] = results;
    if (result === undefined) throw new SyncError('server/internal', 'a restore had no result');
    return result;
  }

  /**
   * Forgets entries in the trash for good: their contents are collected, and nothing brings them back. That they were deleted is remembered.
   * @returns how many there were
   */
  async purge(caller: Caller, ids: readonly number[]): Promise<number> {
    const { database, table, workspace, writer } = this.#options;
    return writer.run(() => {
      let purged = 0;
      for (const id of ids) {
        const head = table.head(id);
        const path = head === undefined ? undefined : pathOf(table, head);
        if (head === undefined || !head.deleted || path === undefined || !caller.rights.writes(path)) continue;
        database.prepare(SQL.forgetRows).run(workspace, id, head.sequence);
        database.prepare(SQL.forgetContent).run(workspace, head.sequence);
        database.prepare(SQL.purged).run(workspace, id);
        purged++;
      }
      return purged;
    });
  }

  #versionAt(caller: Caller, sequence: number): Row {
    const { table } = this.#options;
    const row = table.row(sequence);
    const head = row === undefined ? undefined : table.head(row.id);
    const [version] = row === undefined || head === undefined ? [] : visibleRows(table, caller.rights, [head, row]).slice(1);
    if (version === undefined) throw new SyncError('server/not-found', `there is no version ${sequence}; it may have been forgotten`);
    return version;
  }

  /** Heads in the trash that were deleted together with a folder, parents first. */
  #deletedWith(folder: Row): Row[] {
    const { database, table, workspace } = this.#options;
    const head = table.head(folder.id);
    if (head === undefined || !head.deleted) return [];
    const found: Row[] = [];
    const folders = [folder.id];
    for (let parent = folders.pop(); parent !== undefined; parent = folders.pop()) {
      for (const { id } of database.prepare(SQL.deletedIn).all(workspace, parent)) {
        const row = table.head(id as number);
        if (row === undefined || row.atMs < head.atMs - TOGETHER_MS) continue;
        found.push(row);
        if (row.kind === 'folder') folders.push(row.id);
      }
    }
    return found;
  }
}
