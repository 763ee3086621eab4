import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { SyncError } from '@cloudsync/engine/model/error';
import { assertGoingOn } from '../cancelled.ts';
import { toSyncError } from '../local/sync-error.ts';

/** Who works on a pair now. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** ISO 8601. */
  readonly since: string;
}

export interface LockOptions {
  /** Wait until the lock is free; without it, a held lock is an error. */
  readonly wait?:
    | {
        readonly signal?: AbortSignal | undefined;
        /** Called once, when there is something to wait for. */
        readonly onWait?: ((holder: LockHolder | undefined) => void) | undefined;
      }
    | undefined;
}

const LOCK_FILE = 'lock.sqlite';
const HOLDER_FILE = 'lock-holder.json';
const POLL_MS = 100;
const SQLITE_BUSY = 5;

/**
 * The exclusive right to work on one pair, across processes: SQLite's lock on a file in the pair's state folder. The
 * kernel holds it and frees it when the holder dies, however it dies; nobody has to guess whether a pid is still the same
 * process. Nobody else may open the lock file: closing any descriptor of it would drop the lock (fcntl(2)). Who holds
 * it is told in a file beside it.
 */
export class PairLock {
  readonly #database: DatabaseSync;
  readonly #directory: string;
  #isReleased = false;

  private constructor(database: DatabaseSync, directory: string) {
    this.#database = database;
    this.#directory = directory;
  }

  /**
   * Takes the lock of the state folder `directory`, which is made when missing.
   * @throws SyncError `state/locked` when it is held and not waited for, `sync/cancelled` when the wait is cancelled
   */
  static async acquire(directory: string, { wait }: LockOptions = {}): Promise<PairLock> {
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
    let isWaiting = false;
    for (;;) {
      const database = tryLock(DatabaseSync, directory);
      if (database !== undefined) return new PairLock(database, directory);
      const holder = readHolder(directory);
      if (wait === undefined) throw locked(holder);
      if (!isWaiting) wait.onWait?.(holder);
      isWaiting = true;
      assertGoingOn(wait.signal);
      await sleep(POLL_MS, undefined, { signal: wait.signal }).catch(() => assertGoingOn(wait.signal));
    }
  }

  /** Gives the lock back; a second call does nothing. */
  async release(): Promise<void> {
    if (this.#isReleased) return;
    this.#isReleased = true;
    rmSync(join(this.#directory, HOLDER_FILE), { force: true });
    this.#database.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }
}

/** The open database that holds the lock, or undefined while somebody else holds it. */
function tryLock(Database: typeof DatabaseSync, directory: string): DatabaseSync | undefined {
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    database = new Database(join(directory, LOCK_FILE), { timeout: 0 });
    // It stays open: nothing is ever written to the database itself.
    database.exec('BEGIN EXCLUSIVE');
    writeFileSync(join(directory, HOLDER_FILE), JSON.stringify(thisProcess()), { mode: 0o600 });
    return database;
  } catch (error) {
    database?.close();
    if (isBusy(error)) return undefined;
    if (!isSqliteError(error)) throw toSyncError(error, directory, 'lock');
    throw new SyncError('storage/io', `cannot lock ${directory}: ${(error as Error).message}; use a --state-dir on a local disk`, {
      cause: error,
    });
  }
}

function thisProcess(): LockHolder {
  return { pid: process.pid, host: hostname(), since: new Date().toISOString() };
}

/** Undefined in the moment between the lock and the file that tells of it. */
function readHolder(directory: string): LockHolder | undefined {
  try {
    const { pid, host, since } = JSON.parse(readFileSync(join(directory, HOLDER_FILE), 'utf8')) as Partial<LockHolder>;
    return pid === undefined || host === undefined || since === undefined ? undefined : { pid, host, since };
  } catch {
    return undefined;
  }
}

function isSqliteError(error: unknown): error is Error & { errcode: number } {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number';
}

function isBusy(error: unknown): boolean {
  // The low byte is the kind; the rest says more about it (https://www.sqlite.org/rescode.html).
  return isSqliteError(error) && (error.errcode & 0xff) === SQLITE_BUSY;
}

function locked(holder: LockHolder | undefined): SyncError {
  const who = holder === undefined ? 'another process' : `process ${holder.pid} on ${holder.host} since ${holder.since}`;
  return new SyncError('state/locked', `this pair is being synced by ${who}; wait for it to end, or stop it`, { retryable: true });
}
