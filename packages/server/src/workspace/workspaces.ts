import { randomBytes as cryptoRandom } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import { type BlobStore, type ChunkerParams, DEFAULT_CHUNKER, FolderBlobStore, MemoryBlobStore } from '@cloudsync/content';
import { SyncError } from '@cloudsync/engine';
import type { WorkspaceSettings } from '@cloudsync/protocol/rest/workspaces';
import { newResourceId, type RandomBytes } from '../access/resource-ids.ts';
import { WorkspaceContent } from '../content/workspace-content.ts';
import { ServerDatabase } from '../database/server-database.ts';
import type { Move } from '../journal/draft.ts';
import { JournalTable } from '../journal/journal-table.ts';
import { DAY_MS, type MaintainOptions } from '../maintenance/maintain.ts';
import { Answers } from './answers.ts';
import { type Author, Authors } from './authors.ts';
import type { CommittedListener } from './committed.ts';
import type { DoneCommit } from './committer.ts';
import { Epochs } from './epochs.ts';
import { JournalWriter } from './journal-writer.ts';
import { DEFAULT_SETTINGS } from './settings.ts';
import { fileWitness, memoryWitness, type Witness } from './witness.ts';
import { Workspace } from './workspace.ts';

export interface WorkspacesOptions {
  /** Where everything is kept: a folder, or `:memory:`. */
  readonly data: string;
  /** Another database than that in the folder. It is not closed. */
  readonly database?: DatabaseSync | undefined;
  /** Where packs of a workspace are kept. Default: a folder each. */
  readonly blobs?: ((workspace: string) => BlobStore) | undefined;
  readonly witness?: Witness | undefined;
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
  /** Default: `node:crypto`. */
  readonly randomBytes?: RandomBytes | undefined;
  /** Lets others have a turn. Default: `setImmediate`. */
  readonly turn?: (() => Promise<void>) | undefined;
  /** Told of moves inside the transaction that makes them: what it writes to the database is done with them or not at all. */
  readonly onMoves?: ((workspace: string, moves: readonly Move[]) => void) | undefined;
  /** Told what goes wrong in somebody's `onCommitted`. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

export interface NewWorkspace {
  readonly name: string;
  readonly settings?: Partial<WorkspaceSettings> | undefined;
  /** Default: 16, 64, 256 KiB. Can never be changed. */
  readonly chunker?: ChunkerParams | undefined;
}

/** What belongs to one workspace, by its number. */
const TABLES = ['entries', 'versions', 'stamps', 'requests', 'acknowledged', 'contents', 'recipe_parts', 'chunks'] as const;

/** The core of a server: its database, and the workspaces in it. */
export class Workspaces {
  readonly database: ServerDatabase;
  readonly #options: WorkspacesOptions;
  readonly #writer: JournalWriter;
  readonly #epochs: Epochs;
  readonly #turn: () => Promise<void>;
  readonly #authors: Authors;
  readonly #listeners = new Set<CommittedListener>();
  readonly #open = new Map<string, Workspace>();

  private constructor(database: ServerDatabase, options: WorkspacesOptions) {
    const { data, randomBytes = cryptoRandom, turn = () => setImmediate(), witness } = options;
    this.database = database;
    this.#options = options;
    this.#turn = turn;
    this.#writer = new JournalWriter({ database, randomBytes, turn });
    this.#epochs = new Epochs(witness ?? (data === ':memory:' ? memoryWitness() : fileWitness(join(data, 'witness.json'))), randomBytes);
    this.#authors = new Authors(database);
  }

  /** @throws SyncError `server/locked`, `server/damaged`, `server/newer-version`, `storage/denied` */
  static async open(options: WorkspacesOptions): Promise<Workspaces> {
    const { data } = options;
    if (data !== ':memory:') makeDataFolder(data);
    const database = await ServerDatabase.open(options.database ?? (data === ':memory:' ? data : join(data, 'cloudsync.db')));
    const workspaces = new Workspaces(database, options);
    await workspaces.#epochs.renew(database);
    return workspaces;
  }

  /** @throws SyncError `server/exists` when the name is taken */
  async create({ name, settings, chunker = DEFAULT_CHUNKER }: NewWorkspace): Promise<Workspace> {
    const { randomBytes = cryptoRandom } = this.#options;
    const id = newResourceId('ws', randomBytes);
    const values = {
      ...{ id, name, epoch: this.#epochs.create(), created_ms: this.now(), settings: JSON.stringify({ ...DEFAULT_SETTINGS, ...settings }) },
      ...{ chunker_min: chunker.minimum, chunker_average: chunker.average, chunker_max: chunker.maximum },
      ...{ chunker_key: randomBytes(32), id_key: randomBytes(32), pack_key: randomBytes(32) },
      ...{ indexes: '[]', head: 0, horizon: 0, files: 0, folders: 0, bytes: 0 },
    };
    await this.#assertNameIsFree(name);
    await this.database.kysely.insertInto('workspaces').values(values).execute();
    return this.get(id);
  }

  /** @param idOrName @throws SyncError `server/no-such-workspace` */
  get(idOrName: string): Workspace {
    const known = this.#open.get(idOrName);
    if (known !== undefined) return known;
    const found = this.database
      .prepare('select * from workspaces where id = ? or name = ? order by id = ? desc')
      .get(idOrName, idOrName, idOrName);
    if (found === undefined) throw new SyncError('server/no-such-workspace', `there is no workspace ${idOrName}`);
    const open = this.#open.get(found.id as string) ?? this.#openWorkspace(found);
    this.#open.set(open.id, open);
    return open;
  }

  /** All, in the order of their names. */
  list(): Workspace[] {
    return this.database
      .prepare('select id from workspaces order by name')
      .all()
      .map(({ id }) => this.get(id as string));
  }

  /** @throws SyncError `server/exists` when the name is taken, `server/no-such-workspace` */
  async rename(id: string, name: string): Promise<void> {
    const workspace = this.get(id);
    if (workspace.name === name) return;
    await this.#assertNameIsFree(name);
    await this.database.kysely.updateTable('workspaces').set({ name }).where('id', '=', workspace.id).execute();
  }

  /** Forgets a workspace with everything in it, for good. @throws SyncError `server/no-such-workspace` */
  async delete(id: string): Promise<void> {
    const workspace = this.get(id);
    const blobs = this.#blobs(workspace.id);
    await this.database.transaction(() => {
      const number = this.database.prepare('select number from workspaces where id = ?').get(workspace.id)?.number as number;
      for (const table of TABLES) this.database.prepare(`delete from ${table} where workspace = ?`).run(number);
      this.database.prepare('delete from workspaces where number = ?').run(number);
    });
    for (const [key, open] of this.#open) if (open === workspace) this.#open.delete(key);
    for await (const { name } of blobs.list('')) await blobs.delete(name);
  }

  /** Retention, garbage and answers that are kept for a day; to be called every hour or so. */
  async maintain(options: Pick<MaintainOptions, 'keepMs' | 'inlineMs'> = {}): Promise<void> {
    const nowMs = this.now();
    await this.database.transaction(() => new Answers(this.database).forgetBefore(nowMs - DAY_MS));
    for (const workspace of this.list()) await workspace.maintain({ ...options, nowMs, turn: this.#turn });
    await this.database.shrink();
  }

  /** Looks at everything. @returns what is wrong, one line each */
  async check({ readData = false }: { readonly readData?: boolean } = {}): Promise<string[]> {
    const problems = this.database.integrityProblems();
    for (const workspace of this.list()) {
      const found = await workspace.check({ readData, turn: this.#turn });
      problems.push(...found.map((problem) => `${workspace.name}: ${problem}`));
    }
    return problems;
  }

  /** The number of a user with a device, for {@link Caller}. */
  author(author: Author): number {
    return this.#authors.numberOf(author);
  }

  authorOf(number: number): Author {
    return this.#authors.nameOf(number);
  }

  /** Told of every commit once it is durable, before whoever made it is answered. @returns what ends it */
  onCommitted(listener: CommittedListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  now(): number {
    return Math.floor((this.#options.now ?? Date.now)());
  }

  async close(): Promise<void> {
    this.#epochs.close(new Map(this.list().map(({ id, head }) => [id, head])));
    await this.database.close();
  }

  #openWorkspace(record: Record<string, unknown>): Workspace {
    const { database } = this;
    const {
      number,
      id,
      id_key: idKey,
      chunker_key: chunkerKey,
      pack_key: packKey,
    } = record as {
      number: number;
      id: string;
      id_key: Uint8Array;
      chunker_key: Uint8Array;
      pack_key: Uint8Array;
    };
    const sizes = {
      minimum: record.chunker_min as number,
      average: record.chunker_average as number,
      maximum: record.chunker_max as number,
    };
    const blobs = this.#blobs(id);
    const content = new WorkspaceContent({ database, workspace: number, blobs, idKey, packKey });
    return new Workspace({
      ...{ database, writer: this.#writer, number, id, content, blobs, table: new JournalTable(database, number) },
      scheme: { chunker: sizes, chunkerKey, idKey },
      authorOf: (author) => this.#authors.nameOf(author),
      now: () => this.now(),
      onMoves: (workspace, moves) => this.#options.onMoves?.(workspace, moves),
      onDone: (workspace, done) => this.#tell(workspace, done),
    });
  }

  #blobs(id: string): BlobStore {
    const { blobs, data } = this.#options;
    if (blobs !== undefined) return blobs(id);
    if (data === ':memory:') return new MemoryBlobStore();
    const folder = join(data, 'workspaces', id);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return new FolderBlobStore(folder);
  }

  #tell(workspace: Workspace, { rows, moves, caller, requestId, inline }: DoneCommit): void {
    const [first, last] = [rows[0]?.sequence ?? 1, rows.at(-1)?.sequence ?? 0];
    this.#epochs.reached(workspace.id, last);
    const cursor = workspace.cursorAt(last);
    const committed = { workspace, rows, moves, before: first - 1, cursor, origin: caller.origin, requestId, inline };
    for (const listener of this.#listeners) {
      try {
        listener(committed);
      } catch (error) {
        this.#options.onError?.(error);
      }
    }
  }

  async #assertNameIsFree(name: string): Promise<void> {
    const taken = await this.database.kysely.selectFrom('workspaces').select('id').where('name', '=', name).executeTakeFirst();
    if (taken !== undefined) throw new SyncError('server/exists', `there is a workspace ${name} already; choose another name`);
  }
}

function makeDataFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'EEXIST' || code === 'ENOTDIR')
      throw new SyncError(
        'storage/root-not-folder',
        `${path} is no folder, so a server cannot keep its data there; choose another --data`,
        { cause },
      );
    if (code === 'ENOSPC') throw new SyncError('storage/no-space', `there is no space left for ${path}; free some`, { cause });
    throw new SyncError('storage/denied', `the folder ${path} cannot be made (${String(code)}); choose another --data`, { cause });
  }
}
