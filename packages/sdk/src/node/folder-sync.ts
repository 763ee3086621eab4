import {
  AgreedTexts,
  type ConflictHandler,
  type ConflictResolution,
  realEnvironment,
  type Storage,
  SyncEngine,
  SyncError,
  SyncPauseController,
  SyncProgressTracker,
  type SyncResult,
  SyncStateManager,
  type Watcher,
} from '@cloudsync/engine';
import { LocalStateDirectory, PairLock } from '@cloudsync/storages';
import type { SyncOptions } from '../cloud-sync-client.ts';
import { backoffMs } from '../live/backoff.ts';
import type { ConnectionState } from '../live/connection.ts';
import type { SyncReport } from './sync-report.ts';
import type { WorkspaceStorage } from './workspace-storage.ts';

export interface FolderSyncOptions {
  readonly local: Storage;
  readonly remote: WorkspaceStorage;
  /** Where the last state of the pair is kept. */
  readonly stateFolder: string;
  readonly mode: NonNullable<SyncOptions['mode']>;
  readonly intervalMs: number;
  readonly conflictResolution: ConflictResolution;
  readonly conflictHandler: ConflictHandler | undefined;
  readonly ignore: readonly string[];
  readonly report: SyncReport;
}

/** With more changed paths than this, looking everywhere costs less. */
const PATHS_MAX = 2_000;
/** Watches can miss something: so often everything is looked at. */
const EVERYTHING_MS = 600_000;

/** A folder that is kept the same as a workspace, until it is stopped. */
export class FolderSync {
  readonly #options: FolderSyncOptions;
  readonly #pause = new SyncPauseController();
  readonly #directory: LocalStateDirectory;
  /** What to look at next; `everything` when it is too much to say, or not known. */
  #changed: Set<string> | 'everything' = 'everything';
  #wake = Promise.withResolvers<void>();
  #failures = 0;
  #running: Promise<void> | undefined;
  #result: SyncResult | undefined;

  constructor(options: FolderSyncOptions) {
    this.#options = options;
    this.#directory = new LocalStateDirectory(options.stateFolder);
  }

  /** What the last cycle did. */
  get result(): SyncResult | undefined {
    return this.#result;
  }

  /** Bytes that went over the wire. */
  get traffic(): { readonly sentBytes: number; readonly receivedBytes: number } {
    return this.#options.remote.traffic;
  }

  /** Whether there is a connection, and if not, why. */
  get connection(): ConnectionState {
    return this.#options.remote.state;
  }

  /** One cycle, and what the mode says after it. @throws SyncError when the first cycle could not run */
  async start(): Promise<this> {
    const lock = await PairLock.acquire(this.#options.stateFolder);
    const watchers: Watcher[] = [];
    const end = async (): Promise<void> => {
      await Promise.all(watchers.map((watcher) => watcher.close()));
      lock.release();
      await Promise.all([this.#options.remote.close(), this.#options.local.close?.(), this.#directory.close()]);
    };
    try {
      // Watching starts before the first look, so that no change falls between.
      if (this.#options.mode === 'realtime') watchers.push(...(await this.#watch()));
      await this.#cycle();
    } catch (error) {
      await end();
      throw error;
    }
    this.#running = (this.#options.mode === 'manual' ? Promise.resolve() : this.#loop()).finally(end);
    return this;
  }

  /** Looks at everything now, and does not wait for a change. */
  syncNow(): void {
    this.#note(undefined);
  }

  pause(): void {
    this.#pause.pause();
  }

  resume(): void {
    this.#pause.resume();
  }

  /** Resolves when it has ended: at once in the mode `manual`, else when it was stopped. */
  async done(): Promise<void> {
    await this.#running;
  }

  /** Ends it; what is under way is finished, or taken up by the next sync. */
  async stop(): Promise<void> {
    this.#pause.cancel();
    this.#wake.resolve();
    await this.#running;
  }

  async close(): Promise<void> {
    await this.stop();
  }

  async #watch(): Promise<Watcher[]> {
    const { local, remote } = this.#options;
    const watchers: Watcher[] = [];
    for (const storage of [local, remote]) {
      const watcher = await storage.watch?.(({ paths }) => this.#note(paths));
      if (watcher !== undefined) watchers.push(watcher);
    }
    return watchers;
  }

  #lookAgainAt(paths: readonly string[] | undefined): void {
    if (paths === undefined) this.#changed = 'everything';
    else if (this.#changed !== 'everything') for (const path of paths) this.#changed.add(path);
    if (this.#changed !== 'everything' && this.#changed.size > PATHS_MAX) this.#changed = 'everything';
  }

  #note(paths: readonly string[] | undefined): void {
    this.#lookAgainAt(paths);
    if (this.#changed === 'everything' || this.#changed.size > 0) this.#wake.resolve();
  }

  async #loop(): Promise<void> {
    const { report } = this.#options;
    while (!this.#pause.cancelled) {
      await this.#untilSomething();
      if (this.#pause.cancelled) return;
      try {
        await this.#cycle();
      } catch (error) {
        if (this.#pause.cancelled) return;
        this.#failures++;
        this.#changed = 'everything';
        report.failed(asSyncError(error));
      }
    }
  }

  /** Until something has changed, it is time to look, or the wait after a failure is over. */
  async #untilSomething(): Promise<void> {
    const { mode, intervalMs } = this.#options;
    const waiting = new AbortController();
    const ms = this.#failures > 0 ? backoffMs(this.#failures + 3, realEnvironment) : mode === 'scheduled' ? intervalMs : EVERYTHING_MS;
    const timer = realEnvironment.sleep(ms, waiting.signal).then(
      () => this.#note(undefined),
      () => undefined,
    );
    await Promise.race([this.#wake.promise, timer]);
    waiting.abort();
  }

  async #cycle(): Promise<void> {
    const only = this.#changed === 'everything' ? undefined : [...this.#changed];
    this.#changed = new Set();
    this.#wake = Promise.withResolvers<void>();
    const { local, remote, report, conflictResolution, conflictHandler, ignore } = this.#options;
    const engine = new SyncEngine({
      pauseController: this.#pause,
      progressTracker: new SyncProgressTracker((event) => report.onEvent(event)),
    });
    const state = new SyncStateManager(this.#directory);
    const agreedTexts = new AgreedTexts(this.#directory);
    this.#result = await engine.syncPair(
      { source: local, destination: remote, state, conflictResolution, conflictHandler, ignore, agreedTexts },
      { only, onPlan: (actions) => report.planned(actions) },
    );
    const failed = this.#result.issues.filter(({ severity }) => severity === 'failed');
    this.#failures = failed.length > 0 ? this.#failures + 1 : 0;
    // They are tried again, after a while.
    this.#lookAgainAt(failed.map(({ path }) => path));
    report.ended(this.#result);
  }
}

function asSyncError(error: unknown): SyncError {
  if (SyncError.is(error)) return error;
  return new SyncError('storage/io', error instanceof Error ? error.message : String(error), { cause: error });
}
