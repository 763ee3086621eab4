import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT, type Storage, SyncError, type SyncResult, type Watcher } from '@cloudsync/engine';
import { PairLock } from '@cloudsync/storages';
import { asError } from '../command-line/failure.ts';
import { type LocatedPair, WATCH_FOLDER } from '../pair/locate-pair.ts';
import { lockHolder } from '../pair/lock-holder.ts';
import { changeReporterFor } from '../report/reporter-for.ts';
import { ChangeQueue } from './change-queue.ts';
import { needsSomebody, type PairSession } from './pair-session.ts';
import type { SyncJob } from './sync-job.ts';
import type { Turnstile } from './turnstile.ts';
import { withSession } from './with-session.ts';

/**
 * Watchers tell of a save when it is over, so a few changed paths are synced at once. More are a burst, which is one cycle: it starts when
 * nothing new came for this long, or after the longest wait.
 */
const FEW_PATHS = 8;
const QUIET_MS = 20;
const BURST_MAX_MS = 500;
/** Whoever deletes a tree does it file by file; the guard is to see all of it, not the first few. */
const DELETIONS_QUIET_MS = 50;
const DELETIONS_MAX_MS = 2_000;
/** Watchers can miss things (a full kernel queue, network disks): everything is looked at again this often. */
const EVERYTHING_MS = 10 * 60_000;
/** An unmounted disk tells no watcher. */
const ROOT_CHECK_MS = 5_000;
const RETRY_FIRST_MS = 15_000;
const RETRY_MAX_MS = 10 * 60_000;

/** Keeps one pair in sync: watches both sides and runs a cycle for what changed. */
export class PairWatch {
  readonly #job: SyncJob;
  readonly #pair: LocatedPair;
  readonly #inTurn: Turnstile;
  readonly #queue = new ChangeQueue();
  readonly #ended = Promise.withResolvers<void>();
  #hasEnded = false;
  #rootError: unknown;
  /** Who waits for the next cycle. */
  #waiting: PromiseWithResolvers<SyncResult | undefined>[] = [];
  #retryMs = RETRY_FIRST_MS;
  #retry: NodeJS.Timeout | undefined;

  constructor(job: SyncJob, pair: LocatedPair, inTurn: Turnstile) {
    this.#job = job;
    this.#pair = pair;
    this.#inTurn = inTurn;
  }

  /** @returns the exit code, when it is cancelled or stopped by a guard. @throws SyncError when a root is gone */
  async run(): Promise<number> {
    try {
      return await withSession(this.#job, this.#pair, async (session) => {
        await using _watchLock = await this.#lock();
        return await this.#keepInSync(session);
      });
    } finally {
      this.#hasEnded = true;
      for (const { resolve } of this.#waiting) resolve(undefined);
    }
  }

  /**
   * Looks at everything now.
   * @returns the result of the first cycle that begins after this call; undefined when the watch ends before
   * @throws SyncError what that cycle throws
   */
  syncNow(): Promise<SyncResult | undefined> {
    const waiting = Promise.withResolvers<SyncResult | undefined>();
    if (this.#hasEnded) waiting.resolve(undefined);
    else {
      this.#waiting.push(waiting);
      this.#queue.add(undefined);
    }
    return waiting.promise;
  }

  async #keepInSync(session: PairSession): Promise<number> {
    const { control, run } = this.#job;
    control.signal.addEventListener('abort', () => this.#ended.resolve(), { once: true });
    const everythingMs = run.every !== undefined && 'everyMs' in run.every ? run.every.everyMs : EVERYTHING_MS;
    const everything = setInterval(() => this.#queue.add(undefined), everythingMs);
    const rootCheck = setInterval(() => void this.#checkRoots(session), ROOT_CHECK_MS);
    const watchers: Watcher[] = [];
    try {
      // Watching starts before the first look, so that no change falls between.
      for (const storage of [session.source, session.destination]) watchers.push(await this.#watch(storage));
      this.#queue.add(undefined);
      return await this.#loop(session);
    } finally {
      clearInterval(everything);
      clearInterval(rootCheck);
      clearTimeout(this.#retry);
      await Promise.all(watchers.map((watcher) => watcher.close()));
    }
  }

  async #loop(session: PairSession): Promise<number> {
    const { control } = this.#job;
    for (let cycles = 0; ; cycles++) {
      await Promise.race([this.#queue.filled, this.#ended.promise]);
      if (this.#rootError !== undefined) throw this.#rootError;
      if (!control.cancelled) await this.#endOfBurst(session);
      const result = control.cancelled ? undefined : await this.#cycle(session);
      if (control.cancelled || result?.cancelled === true) return EXIT.cancelled;
      if (result?.stopped !== undefined) return EXIT.guard;
      if (cycles === 0) this.#startTellingChanges(session);
    }
  }

  async #cycle(session: PairSession): Promise<SyncResult | undefined> {
    const work = this.#queue.take();
    const waiting = this.#waiting;
    this.#waiting = [];
    try {
      const result = await this.#inTurn(() => session.cycle(work));
      for (const { resolve } of waiting) resolve(result);
      // What failed may hang together with what nobody tells of: a rename's other end, a copy that this cycle wrote.
      if (result.issues.some(({ severity }) => severity === 'failed')) this.#lookAgain();
      else this.#retryMs = RETRY_FIRST_MS;
      return result;
    } catch (error) {
      for (const { reject } of waiting) reject(error);
      if (needsSomebody(error)) throw error;
      if (!this.#job.control.cancelled) session.reporter?.onError(asError(error));
      this.#lookAgain();
      return undefined;
    }
  }

  /** At everything, after a while. */
  #lookAgain(): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#queue.add(undefined), this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MAX_MS);
  }

  #startTellingChanges(session: PairSession): void {
    session.reporter?.close();
    session.reporter = changeReporterFor(this.#job, this.#pair);
  }

  async #watch(storage: Storage): Promise<Watcher> {
    if (storage.watch === undefined) {
      throw new SyncError('storage/unsupported', `${storage.url} cannot be watched; use --every 1m instead of --watch`);
    }
    return await storage.watch(({ paths }) => this.#queue.add(paths, Date.now()));
  }

  async #endOfBurst(session: PairSession): Promise<void> {
    const some = new Set([...(this.#queue.paths ?? [])].slice(0, FEW_PATHS));
    // What cannot be looked at now, the cycle finds out.
    if (await session.isLosing(some).catch(() => false))
      await this.#quiet({ size: -1, quietMs: DELETIONS_QUIET_MS, mostMs: DELETIONS_MAX_MS });
    await this.#quiet({ size: FEW_PATHS, quietMs: QUIET_MS, mostMs: BURST_MAX_MS });
  }

  /** Waits while more than `size` paths have changed, and more come. */
  async #quiet({ size, quietMs, mostMs }: { readonly size: number; readonly quietMs: number; readonly mostMs: number }): Promise<void> {
    const until = Date.now() + mostMs;
    for (let seen = size; this.#queue.size > seen && Date.now() < until; ) {
      seen = this.#queue.size;
      await sleep(quietMs);
    }
  }

  async #checkRoots({ source, destination }: PairSession): Promise<void> {
    try {
      await Promise.all([source.identity(), destination.identity()]);
    } catch (error) {
      // A server that is away comes back, and its watcher says so.
      if (SyncError.is(error) && error.retryable) return;
      this.#rootError = error;
      this.#ended.resolve();
    }
  }

  async #lock(): Promise<PairLock> {
    const directory = join(this.#pair.directory, WATCH_FOLDER);
    try {
      return await PairLock.acquire(directory);
    } catch (error) {
      if (!SyncError.is(error, 'state/locked')) throw error;
      const holder = await lockHolder(directory);
      const who = holder === undefined ? 'another process' : `process ${holder.pid} on ${holder.host}`;
      throw new SyncError('state/locked', `${who} already watches ${this.#pair.label}; stop that one first`, { cause: error });
    }
  }
}
