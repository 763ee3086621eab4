import type { Row } from '@cloudsync/protocol';
import type { ServerDatabase } from '../database/server-database.ts';
import type { Usage } from './draft.ts';
import type { Lookup } from './lookup.ts';
import { ROW_COLUMNS, type RowRecord, toRecord, toRow } from './row-record.ts';

const V = ROW_COLUMNS.split(', ')
  .map((column) => `v.${column}`)
  .join(', ');
const HEAD_OF = 'join versions v on v.workspace = e.workspace and v.sequence = e.head';

const SQL = {
  child: `select ${V} from entries e ${HEAD_OF} where e.workspace = ? and e.parent = ? and e.name = ? and e.deleted = 0`,
  head: `select ${V} from entries e ${HEAD_OF} where e.workspace = ? and e.id = ?`,
  childCount: 'select count(*) as count from (select 1 from entries where workspace = ? and parent = ? and deleted = 0 limit ?)',
  children: `select ${V} from entries e ${HEAD_OF} where e.workspace = ? and e.parent = ? and e.deleted = 0 and e.name > ? order by e.name limit ?`,
  row: `select ${ROW_COLUMNS} from versions where workspace = ? and sequence = ?`,
  rowsOfEntry: `select ${ROW_COLUMNS} from versions indexed by versions_by_entry where workspace = ? and entry = ? and sequence < ? order by sequence desc limit ?`,
  rowsAfter: `select ${ROW_COLUMNS} from versions where workspace = ? and sequence > ? order by sequence limit ?`,
  rowsBefore: `select ${ROW_COLUMNS} from versions where workspace = ? and sequence < ? order by sequence desc limit ?`,
  headsAfter: `select ${V} from entries e ${HEAD_OF} where e.workspace = ? and e.head > ? and e.head <= ? order by e.head limit ?`,
  livingAfter: `select ${V} from entries e ${HEAD_OF} where e.workspace = ? and e.head > ? and e.head <= ? and e.deleted = 0 order by e.head limit ?`,
  deletedBefore: `select ${V} from entries e indexed by entries_deleted ${HEAD_OF}
    where e.workspace = ? and e.head < ? and e.deleted > 0 and e.deleted = 1 order by e.head desc limit ?`,
  state: 'select epoch, head, horizon, files, folders, bytes, settings from workspaces where number = ?',
  setState: 'update workspaces set head = ?, files = ?, folders = ?, bytes = ? where number = ?',
  append: `insert into versions (workspace, ${ROW_COLUMNS}) values (?${', ?'.repeat(16)})`,
  setEntry: `insert into entries (workspace, id, parent, name, head, deleted) values (?, ?, ?, ?, ?, ?)
    on conflict (workspace, id) do update set parent = excluded.parent, name = excluded.name, head = excluded.head, deleted = excluded.deleted`,
  stamp: 'insert into stamps (workspace, sequence, stamp) values (?, ?, ?)',
  stampAt: 'select stamp from stamps where workspace = ? and sequence >= ? order by sequence limit 1',
} as const;

/** What a workspace's line in the database says. */
export interface JournalState {
  readonly epoch: string;
  /** Sequence of the newest row. */
  readonly head: number;
  /** Tombstones up to this sequence may be gone. */
  readonly horizon: number;
  readonly usage: Usage;
  /** JSON. */
  readonly settings: string;
}

/** The journal of one workspace in the database. What writes runs inside a transaction. */
export class JournalTable implements Lookup {
  readonly #database: ServerDatabase;
  readonly #workspace: number;

  constructor(database: ServerDatabase, workspace: number) {
    this.#database = database;
    this.#workspace = workspace;
  }

  child(parent: number, name: string): Row | undefined {
    return this.#one(SQL.child, parent, name);
  }

  head(id: number): Row | undefined {
    return this.#one(SQL.head, id);
  }

  childCount(id: number, max: number): number {
    return this.#database.prepare(SQL.childCount).get(this.#workspace, id, max)?.count as number;
  }

  /** Living children in the order of their names' UTF-8 bytes, from the one after `after` on. */
  children(id: number, after: string, limit: number): Row[] {
    return this.#all(SQL.children, id, after, limit);
  }

  /** A row that is kept. */
  row(sequence: number): Row | undefined {
    return this.#one(SQL.row, sequence);
  }

  /** Kept rows of an entry, newest first. */
  rowsOfEntry(id: number, { before = Number.MAX_SAFE_INTEGER, limit }: { before?: number | undefined; limit: number }): Row[] {
    return this.#all(SQL.rowsOfEntry, id, before, limit);
  }

  /** All kept rows, oldest first. */
  rowsAfter(sequence: number, limit: number): Row[] {
    return this.#all(SQL.rowsAfter, sequence, limit);
  }

  /** All kept rows, newest first. */
  rowsBefore(sequence: number, limit: number): Row[] {
    return this.#all(SQL.rowsBefore, sequence, limit);
  }

  /** The newest row of each entry that changed after `after`, up to `until`, in order; `living`: of those that are there. */
  heads({ after, until, limit, living }: { after: number; until: number; limit: number; living: boolean }): Row[] {
    return this.#all(living ? SQL.livingAfter : SQL.headsAfter, after, until, limit);
  }

  /** Entries in the trash, the last deleted first. */
  deleted(before: number, limit: number): Row[] {
    return this.#all(SQL.deletedBefore, before, limit);
  }

  get state(): JournalState {
    const record = this.#database.prepare(SQL.state).get(this.#workspace) as RowRecord;
    return {
      epoch: record.epoch as string,
      head: record.head as number,
      horizon: record.horizon as number,
      usage: { files: record.files as number, folders: record.folders as number, bytes: record.bytes as number },
      settings: record.settings as string,
    };
  }

  /** Makes rows the heads of their entries. Names are set free before they are taken. */
  append(rows: readonly Row[], usage: Usage): void {
    const [append, setEntry] = [this.#database.prepare(SQL.append), this.#database.prepare(SQL.setEntry)];
    for (const row of rows) {
      append.run(this.#workspace, ...toRecord(row));
      setEntry.run(this.#workspace, row.id, row.parent, row.name, row.sequence, row.deleted ? 1 : 0);
    }
    const last = rows.at(-1);
    if (last === undefined) return;
    this.#database.prepare(SQL.setState).run(last.sequence, usage.files, usage.folders, usage.bytes, this.#workspace);
  }

  /** Signs what was appended since the last stamp. */
  stamp(sequence: number, stamp: Uint8Array): void {
    this.#database.prepare(SQL.stamp).run(this.#workspace, sequence, stamp);
  }

  /** Of the transaction that a row belongs to, or of the next that is known; hex. */
  stampAt(sequence: number): string | undefined {
    const stamp = this.#database.prepare(SQL.stampAt).get(this.#workspace, sequence)?.stamp;
    return stamp instanceof Uint8Array ? Buffer.from(stamp).toString('hex') : undefined;
  }

  #one(sql: string, ...values: (number | string)[]): Row | undefined {
    const record = this.#database.prepare(sql).get(this.#workspace, ...values);
    return record === undefined ? undefined : toRow(record);
  }

  #all(sql: string, ...values: (number | string)[]): Row[] {
    return this.#database
      .prepare(sql)
      .all(this.#workspace, ...values)
      .map(toRow);
  }
}
