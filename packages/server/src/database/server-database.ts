import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { SyncError } from '@cloudsync/engine';
import { Kysely } from 'kysely';
import { toDatabaseError } from './database-error.ts';
import { migrate } from './migrate.ts';
import { Mutex } from './mutex.ts';
import type { ServerTables } from './server-tables.ts';
import { sqliteDialect } from './sqlite-dialect.ts';

/**
 * The one database of a server. What is on hot paths goes through prepared statements and {@link ServerDatabase.transaction}, which is
 * synchronous inside; everything else through Kysely. Both use one connection and wait for each other.
 */
export class ServerDatabase {
  readonly kysely: Kysely<ServerTables>;
  readonly #sqlite: DatabaseSync;
  readonly #lock = new Mutex();
  readonly #statements = new Map<string, StatementSync>();

  readonly #isOurs: boolean;

  private constructor(sqlite: DatabaseSync, isOurs: boolean) {
    this.#sqlite = sqlite;
    this.#isOurs = isOurs;
    this.kysely = new Kysely<ServerTables>({ dialect: sqliteDialect(sqlite, this.#lock) });
  }

  /**
   * @param at a file, `:memory:`, or a database that is open and stays so
   * @throws SyncError `server/locked` (another server has it open), `server/damaged`, `server/newer-version`, `storage/denied`
   */
  static async open(at: string | DatabaseSync): Promise<ServerDatabase> {
    let opened: DatabaseSync | undefined;
    try {
      if (typeof at === 'string') opened = new DatabaseSync(at);
      const sqlite = opened ?? (at as DatabaseSync);
      configure(sqlite);
      assertIntact(sqlite);
      const database = new ServerDatabase(sqlite, opened !== undefined);
      await migrate(database.kysely);
      return database;
    } catch (error) {
      opened?.close();
      throw toDatabaseError(error);
    }
  }

  /** The same statement each time: SQLite compiles it once. */
  prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#sqlite.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  /**
   * Runs synchronous work as one transaction, durable when it resolves. What `work` throws undoes all of it.
   * @throws SyncError `storage/no-space`, `storage/io`
   */
  async transaction<T>(work: () => T): Promise<T> {
    return this.#lock.run(() => {
      try {
        this.prepare('begin immediate').run();
        const result = work();
        this.prepare('commit').run();
        return result;
      } catch (error) {
        // SQLite has undone it by itself after some errors.
        if (this.#sqlite.isTransaction) this.prepare('rollback').run();
        throw toDatabaseError(error);
      }
    });
  }

  /** Inside a transaction: what `work` throws undoes what it did, and nothing else. */
  savepoint<T>(work: () => T): T {
    this.prepare('savepoint part').run();
    try {
      const result = work();
      this.prepare('release part').run();
      return result;
    } catch (error) {
      if (this.#sqlite.isTransaction) {
        this.prepare('rollback to part').run();
        this.prepare('release part').run();
      }
      throw error;
    }
  }

  /** Gives pages that are free back to the file system, as many as do not keep others waiting. */
  async shrink(): Promise<void> {
    await this.#lock.run(() => this.#sqlite.exec(`pragma incremental_vacuum(${SHRINK_PAGES})`));
  }

  get isInTransaction(): boolean {
    return this.#sqlite.isTransaction;
  }

  /** Problems that SQLite finds when it looks at everything. */
  integrityProblems(): string[] {
    return problemsOf(this.#sqlite.prepare('pragma integrity_check(100)'));
  }

  async close(): Promise<void> {
    const release = await this.#lock.acquire();
    if (this.#isOurs) this.#sqlite.close();
    release();
  }
}

/** 16 MiB. */
const SHRINK_PAGES = 4_096;

function configure(sqlite: DatabaseSync): void {
  // Exclusive: a second server is refused for as long as this process lives, and the operating system ends that after a kill.
  sqlite.exec('pragma locking_mode = exclusive');
  // What garbage collection frees can be given back.
  sqlite.exec('pragma auto_vacuum = incremental');
  sqlite.exec('pragma journal_mode = wal');
  // A commit that was answered is on the disk.
  sqlite.exec('pragma synchronous = full');
  sqlite.exec('pragma wal_autocheckpoint = 4000');
  sqlite.exec('pragma journal_size_limit = 67108864');
  sqlite.exec('pragma cache_size = -16384');
  sqlite.exec('pragma temp_store = memory');
  // Takes the lock now rather than with the first commit.
  sqlite.exec('begin exclusive; commit');
}

function assertIntact(sqlite: DatabaseSync): void {
  const [problem] = problemsOf(sqlite.prepare('pragma quick_check(1)'));
  if (problem === undefined) return;
  throw new SyncError('server/damaged', `the server's database is damaged (${problem}); restore it from a backup`);
}

function problemsOf(check: StatementSync): string[] {
  const said = check.all().map((row) => String(Object.values(row)[0]));
  return said.length === 1 && said[0] === 'ok' ? [] : said;
}
