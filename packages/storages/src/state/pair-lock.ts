import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
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
 * The lock file of one pair. Opening it costs more than locking it, so who takes the lock again and again keeps it open in between.
 * Nothing is ever written to it.
 */
export class LockFile implements Disposable {
  readonly directory: string;
  #database: DatabaseSync | undefined;
  #ino: number | undefined;

  /** @param directory the pair's state folder, which is made when missing */
  constructor(directory: string) {
    this.directory = directory;
  }

  /** @returns false while somebody else holds the lock. @throws SyncError when the folder cannot be used */
  tryLock(): boolean {
    try {
      this.#open().exec('BEGIN EXCLUSIVE');
      writeFileSync(this.#holderFile, JSON.stringify(thisProcess()), { mode: 0o600 });
      return true;
    } catch (error) {
      this.close();
      if (isBusy(error)) return false;
      if (!isSqliteError(error)) throw toSyncError(error, this.directory, 'lock');
      throw new SyncError('storage/io', `cannot lock ${this.directory}: ${(error as Error).message}; use a --state-dir on a local disk`, {
        cause: error,
      });
    }
  }

  unlock(): void {
    rmSync(this.#holderFile, { force: true });
    this.#database?.exec('ROLLBACK');
  }

  /** Who holds the lock; undefined in the moment between the lock and the file that tells of it. */
  holder(): LockHolder | undefined {
    try {
      const { pid, host, since } = JSON.parse(readFileSync(this.#holderFile, 'utf8')) as Partial<LockHolder>;
      return pid === undefined || host === undefined || since === undefined ? undefined : { pid, host, since };
    } catch {
      return undefined;
    }
  }

  close(): void {
    this.#database?.close();
    this.#database = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  get #holderFile(): string {
    return join(this.directory, HOLDER_FILE);
  }

  #open(): DatabaseSync {
    const file = join(this.directory, LOCK_FILE);
    // Whoever throws the folder away and makes it anew must not be locked out of nothing.
    if (this.#database !== undefined && statSync(file, { throwIfNoEntry: false })?.ino === this.#ino) return this.#database;
    this.close();
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    this.#database = new DatabaseSync(file, { timeout: 0 });
    const { ino, mode } = statSync(file);
    this.#ino = ino;
    // By its name: a descriptor of one's own, closed again, would drop a lock that this process has.
    if ((mode & 0o077) !== 0) chmodSync(file, 0o600);
    return this.#database;
  }
}

/**
 * The exclusive right to work on one pair, across processes: SQLite's lock on a file in the pair's state folder. The
 * kernel holds it and frees it when the holder dies, however it dies; nobody has to guess whether a pid is still the same
 * process. Nobody else may open the lock file: closing any descriptor of it would drop the lock (fcntl(2)). Who holds
 * it is told in a file beside it.
 */
export class PairLock {
  readonly #release: () => void;
  #isReleased = false;

  private constructor(release: () => void) {
    this.#release = release;
  }

  /**
   * Takes the lock of a state folder.
   * @param place the folder, which is made when missing, or its lock file, which stays open when the lock is given back
   * @throws SyncError `state/locked` when it is held and not waited for, `sync/cancelled` when the wait is cancelled
   */
  static async acquire(place: string | LockFile, { wait }: LockOptions = {}): Promise<PairLock> {
    const file = typeof place === 'string' ? new LockFile(place) : place;
    let isWaiting = false;
    while (!file.tryLock()) {
      const holder = file.holder();
      if (wait === undefined) throw locked(holder);
      if (!isWaiting) wait.onWait?.(holder);
      isWaiting = true;
      assertGoingOn(wait.signal);
      await sleep(POLL_MS, undefined, { signal: wait.signal }).catch(() => assertGoingOn(wait.signal));
    }
    return new PairLock(() => {
      file.unlock();
      if (file !== place) file.close();
    });
  }

  /** Gives the lock back; a second call does nothing. */
  async release(): Promise<void> {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }
}

function thisProcess(): LockHolder {
  return { pid: process.pid, host: hostname(), since: new Date().toISOString() };
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
