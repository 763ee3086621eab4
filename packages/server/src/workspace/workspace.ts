import type { BlobStore } from '@cloudsync/content';
import { joinPath, SyncError } from '@cloudsync/engine';
import type { Row } from '@cloudsync/protocol';
import type { WorkspaceSettings } from '@cloudsync/protocol/rest/workspaces';
import { type ChunkAsk, ContentExchange } from '../content/content-exchange.ts';
import type { RecipePart } from '../content/recipe-table.ts';
import { type StoredContent, storeContent } from '../content/store-content.ts';
import type { WorkspaceContent } from '../content/workspace-content.ts';
import { Mutex } from '../database/mutex.ts';
import type { ServerDatabase } from '../database/server-database.ts';
import type { ChangeResult } from '../journal/change.ts';
import type { Move, Usage } from '../journal/draft.ts';
import { fittingRows } from '../journal/fitting-rows.ts';
import { cursorAt, cursorTooOld, mustResume, type Resume, resumeAt } from '../journal/history.ts';
import type { JournalTable } from '../journal/journal-table.ts';
import { pathOf, resolve } from '../journal/lookup.ts';
import { visibleChanges, visibleRows } from '../journal/visible-rows.ts';
import { type CheckOptions, checkWorkspace } from '../maintenance/check-workspace.ts';
import { type MaintainOptions, type MaintenanceReport, maintainWorkspace, type WorkspaceParts } from '../maintenance/maintain.ts';
import { type RestoreOptions, Versions } from '../versions/versions.ts';
import type { Author } from './authors.ts';
import type { Caller } from './caller.ts';
import { type Commit, type CommitAnswer, Committer, type DoneCommit } from './committer.ts';
import type { JournalWriter } from './journal-writer.ts';
import { parseSettings } from './settings.ts';
import type { WorkspaceScheme } from './workspace-scheme.ts';

export interface WorkspaceOptions {
  readonly database: ServerDatabase;
  readonly writer: JournalWriter;
  readonly number: number;
  readonly id: string;
  readonly scheme: WorkspaceScheme;
  readonly table: JournalTable;
  readonly content: WorkspaceContent;
  readonly blobs: BlobStore;
  readonly authorOf: (author: number) => Author;
  readonly now: () => number;
  /** Told of moves inside the transaction that makes them. */
  readonly onMoves: (workspace: string, moves: readonly Move[]) => void;
  /** Told of every commit once it is durable. */
  readonly onDone: (workspace: Workspace, done: DoneCommit) => void;
}

/** An entry and where it lies (or lay). */
export interface Located {
  readonly row: Row;
  readonly path: string;
}

/** A version of an entry, and who made it. */
export interface VersionInfo extends Located, Author {}

export interface RowsPage {
  readonly rows: readonly Row[];
  readonly more: boolean;
  /** Where `changes` go on. */
  readonly cursor: string;
}

/**
 * A workspace, as the socket and REST both see it: a tree with a journal, versions and contents. Nothing here asks who somebody is: a
 * {@link Caller} brings his rights along. Paths have no leading slash; '' is the root.
 */
export class Workspace {
  readonly id: string;
  readonly scheme: WorkspaceScheme;
  readonly #options: WorkspaceOptions;
  readonly #exchange: ContentExchange;
  readonly #committer: Committer;
  readonly #versions: Versions;
  readonly #maintenance = new Mutex();

  constructor(options: WorkspaceOptions) {
    this.#options = options;
    const { database, writer, number: workspace, table, content, now, onDone, onMoves } = options;
    this.id = options.id;
    this.scheme = options.scheme;
    this.#exchange = new ContentExchange({ database, content, table, now });
    this.#committer = new Committer({
      ...{ database, writer, workspace, table, content, now },
      onMoves: (moves) => onMoves(this.id, moves),
      onDone: (done) => onDone(this, done),
    });
    this.#versions = new Versions({ database, workspace, table, writer, committer: this.#committer });
  }

  get name(): string {
    return this.#column('name') as string;
  }

  get epoch(): string {
    return this.#options.table.state.epoch;
  }

  /** Sequence of the newest row. */
  get head(): number {
    return this.#options.table.state.head;
  }

  /** Of the newest row. */
  get cursor(): string {
    return this.cursorAt(this.head);
  }

  /** What lives in it. */
  stats(): Usage {
    return this.#options.table.state.usage;
  }

  get settings(): WorkspaceSettings {
    return parseSettings(this.#options.table.state.settings);
  }

  /** When something last changed, in ms since 1970. */
  get updatedMs(): number {
    return this.#options.table.rowsBefore(Number.MAX_SAFE_INTEGER, 1)[0]?.atMs ?? (this.#column('created_ms') as number);
  }

  get createdMs(): number {
    return this.#column('created_ms') as number;
  }

  async updateSettings(changes: Partial<WorkspaceSettings>): Promise<void> {
    const { database, number } = this.#options;
    await database.transaction(() => {
      const settings = JSON.stringify({ ...this.settings, ...changes });
      database.prepare('update workspaces set settings = ? where number = ?').run(settings, number);
    });
  }

  /** The cursor of a row that was told. */
  cursorAt(sequence: number): string {
    return cursorAt(this.#options.table, sequence);
  }

  /** How who was here before goes on; undefined: was not here before. */
  resume(cursor: string | undefined): Resume {
    return resumeAt(this.#options.table, cursor).resume;
  }

  /**
   * The living entries, page by page in the order of their last change. What changes meanwhile is told by the changes after the cursor.
   * @param page `after`: sequence of the last page's end; `until`: what the first page answered
   */
  tree(
    caller: Caller,
    { after, until = this.head, limit }: { after: number; until?: number | undefined; limit: number },
  ): RowsPage & { until: number; after: number } {
    const { table } = this.#options;
    const found = table.heads({ after, until, limit, living: true });
    const rows = fittingRows(found);
    return {
      rows: visibleRows(table, caller.rights, rows),
      more: rows.length < found.length || found.length === limit,
      until,
      after: rows.at(-1)?.sequence ?? until,
      cursor: this.cursorAt(until),
    };
  }

  /**
   * The newest row of each entry that changed since a cursor, deleted ones too, in order. Only after the last page they make up a tree.
   * @throws SyncError `server/history-changed`, `server/cursor-too-old`
   */
  changes(caller: Caller, { cursor, limit }: { cursor: string; limit: number }): RowsPage {
    const { table } = this.#options;
    const after = mustResume(table, cursor);
    const until = this.head;
    const found = table.heads({ after, until, limit, living: false });
    const rows = fittingRows(found);
    const visible = visibleChanges(table, caller.rights, { rows, after });
    if (visible === undefined) throw cursorTooOld();
    const more = rows.length < found.length || found.length === limit;
    return { rows: visible, more, cursor: this.cursorAt(more ? (rows.at(-1)?.sequence ?? until) : until) };
  }

  /** Rows of a commit as a member sees them; undefined: he has to ask for `changes`. */
  visible(caller: Caller, rows: readonly Row[], before: number): readonly Row[] | undefined {
    return visibleChanges(this.#options.table, caller.rights, { rows, after: before });
  }

  /** Every row of the journal that is kept, with the path that its entry had then: newest first before `before`, or oldest first after `after`. */
  activity(
    caller: Caller,
    page: { readonly limit: number } & ({ readonly before?: number } | { readonly after: number }),
  ): readonly Located[] {
    const { table } = this.#options;
    const rows =
      'after' in page ? table.rowsAfter(page.after, page.limit) : table.rowsBefore(page.before ?? Number.MAX_SAFE_INTEGER, page.limit);
    return visibleRows(table, caller.rights, rows).map((row) => ({ row, path: pathOf(table, row) ?? row.name }));
  }

  /** What lives at a path; undefined: nothing that the caller sees. */
  stat(caller: Caller, path: string): Located | undefined {
    const found = resolve(this.#options.table, path);
    if (found === undefined || found === 'root') return undefined;
    return this.#sees(caller, found.row) ? { row: found.row, path } : undefined;
  }

  /** The head of an entry, one in the trash included; undefined: none that the caller sees. */
  byId(caller: Caller, id: number): Located | undefined {
    const head = this.#options.table.head(id);
    return head === undefined ? undefined : this.#locate(caller, head);
  }

  /** A row that is kept, with the path that its entry had then. */
  row(caller: Caller, sequence: number): Located | undefined {
    const row = this.#options.table.row(sequence);
    return row === undefined || this.byId(caller, row.id) === undefined ? undefined : this.#locate(caller, row);
  }

  /**
   * What lies in a folder, in the order of names (as UTF-8), from the one after `after` on.
   * @throws SyncError `server/not-found` when it is no folder that the caller sees
   */
  children(
    caller: Caller,
    { path, after = '', limit }: { path: string; after?: string | undefined; limit: number },
  ): { entries: readonly Located[]; more: boolean } {
    const { table } = this.#options;
    const folder = resolve(table, path);
    if (folder === undefined || (folder !== 'root' && (folder.row.kind !== 'folder' || !this.#sees(caller, folder.row))))
      throw new SyncError('server/not-found', `there is no folder ${path}`);
    const rows = table.children(folder === 'root' ? 0 : folder.row.id, after, limit + 1);
    const entries = visibleRows(table, caller.rights, rows.slice(0, limit)).map((row) => ({ row, path: joinPath(path, row.name) }));
    return { entries, more: rows.length > limit };
  }

  /** Changes the tree. What is missing or in conflict is told, not thrown. @throws SyncError `storage/no-space`, `storage/io`, `server/invalid` */
  commit(caller: Caller, commit: Commit): Promise<CommitAnswer> {
    return this.#committer.commit(caller, commit);
  }

  /** Takes parts of recipes. @returns for each the numbers of chunks that are to be sent: first, count, first, count … */
  declare(caller: Caller, parts: readonly RecipePart[]): Promise<number[][]> {
    return this.#exchange.declare(caller, parts);
  }

  /** Numbers of those of these ids (32 bytes each) that are to be sent: first, count, first, count … */
  missing(caller: Caller, ids: Uint8Array): Promise<number[]> {
    return this.#exchange.missing(caller, ids);
  }

  /** Takes chunks of 1 byte to 1 MiB; the server names them itself. They are kept for a day, and for as long as a version needs them. */
  putChunks(caller: Caller, chunks: readonly Uint8Array[]): Promise<void> {
    return this.#exchange.put(caller, chunks);
  }

  /** Chunks of kept versions in the order asked, as many as fit into an answer and at least one; null where there is none for the caller. */
  getChunks(caller: Caller, asks: readonly ChunkAsk[]): Promise<(Uint8Array | null)[]> {
    return this.#exchange.get(caller, asks);
  }

  /** References of a kept version of a file, 36 bytes each, from number `first` on. @throws SyncError `server/not-found` */
  recipe(caller: Caller, ask: { sequence: number; first: number; limit: number }): { refs: Uint8Array; chunks: number } {
    return this.#exchange.recipe(caller, ask);
  }

  /** Cuts and stores a content, for who sends a stream. A commit can refer to it then. */
  store(
    caller: Caller,
    content: AsyncIterable<Uint8Array>,
    options: { readonly bytesMax?: number | undefined } = {},
  ): Promise<StoredContent> {
    return storeContent(
      {
        scheme: this.scheme,
        chunks: this.#exchange,
        idOf: (bytes) => this.#options.content.idOf(bytes),
        caller,
        bytesMax: options.bytesMax,
      },
      content,
    );
  }

  /**
   * Bytes of a kept version of a file.
   * @throws SyncError `server/not-found`; `content/missing`, `content/damaged` when the server's data is
   */
  read(
    caller: Caller,
    sequence: number,
    range: { offset?: number | undefined; length?: number | undefined; signal?: AbortSignal | undefined } = {},
  ): AsyncIterable<Uint8Array> {
    return this.#exchange.read(caller, sequence, range);
  }

  /** Versions of an entry, given by its path or its id, newest first. */
  versions(caller: Caller, entry: string | number): readonly VersionInfo[] {
    const id = (typeof entry === 'number' ? this.byId(caller, entry) : this.stat(caller, entry))?.row.id;
    return id === undefined ? [] : fittingRows(this.#versions.list(id)).flatMap((row) => this.#describe(caller, row));
  }

  /** An entry as it was before a row, when that is still kept. */
  before(caller: Caller, row: Row): Located | undefined {
    const [before] = this.#options.table.rowsOfEntry(row.id, { before: row.sequence, limit: 1 });
    return before === undefined ? undefined : this.#locate(caller, before);
  }

  /** Makes a version the newest one, or takes something out of the trash. @throws SyncError `server/not-found` */
  restore(caller: Caller, options: RestoreOptions): Promise<ChangeResult> {
    return this.#versions.restore(caller, options);
  }

  /** Deleted entries with the paths that they had, the last deleted first. */
  trash(caller: Caller, page: { before?: number | undefined; limit: number }): { entries: readonly VersionInfo[]; more: boolean } {
    const found = this.#versions.trash(caller, { ...page, limit: page.limit + 1 });
    const rows = fittingRows(found.slice(0, page.limit));
    return { entries: rows.flatMap((row) => this.#describe(caller, row)), more: rows.length < found.length };
  }

  /** Forgets deleted entries for good. @returns how many */
  purge(caller: Caller, ids: readonly number[]): Promise<number> {
    return this.#versions.purge(caller, ids);
  }

  /** Notes how far a device has come. */
  async acknowledge(caller: Caller, cursor: string): Promise<void> {
    const { database, number, table, now } = this.#options;
    const { resume, sequence } = resumeAt(table, cursor);
    if (resume === 'history-changed') return;
    await database.transaction(() => {
      database
        .prepare('insert or replace into acknowledged (workspace, author, sequence, at_ms) values (?, ?, ?, ?)')
        .run(number, caller.author, sequence, Math.floor(now()));
    });
  }

  /** Retention, garbage, and chunks out of the database; whoever serves calls it now and then. */
  maintain(options: MaintainOptions): Promise<MaintenanceReport> {
    return this.#maintenance.run(() => maintainWorkspace(this.#parts, options));
  }

  /** What is wrong with its data, one line each. */
  check(options: CheckOptions): Promise<string[]> {
    return checkWorkspace(this.#parts, options);
  }

  get #parts(): WorkspaceParts {
    const { database, number: workspace, table, content, blobs } = this.#options;
    return { database, workspace, table, content, blobs };
  }

  #locate(caller: Caller, row: Row): Located | undefined {
    if (!this.#sees(caller, row)) return undefined;
    return { row, path: pathOf(this.#options.table, row) ?? row.name };
  }

  #describe(caller: Caller, row: Row): VersionInfo[] {
    const located = this.#locate(caller, row);
    return located === undefined ? [] : [{ ...located, ...this.#options.authorOf(row.author) }];
  }

  #sees(caller: Caller, row: Row): boolean {
    return visibleRows(this.#options.table, caller.rights, [row]).length > 0;
  }

  #column(name: 'name' | 'created_ms'): unknown {
    const { database, number } = this.#options;
    return database.prepare(`select ${name} from workspaces where number = ?`).get(number)?.[name];
  }
}
