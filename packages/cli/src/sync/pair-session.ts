import {
  AgreedTexts,
  type ConflictHandler,
  ConflictResolution,
  type Storage,
  type SyncConfig,
  SyncEngine,
  SyncError,
  type SyncErrorCode,
  type SyncPair,
  type SyncPauseController,
  type SyncProgressEvent,
  SyncProgressTracker,
  type SyncResult,
  SyncStateManager,
} from '@cloudsync/engine';
import { LocalStateDirectory, LockFile } from '@cloudsync/storages';
import { asError } from '../command-line/failure.ts';
import { LAST_RUN_FILE, type LastRun } from '../pair/last-run.ts';
import { LastRunWriter } from '../pair/last-run-writer.ts';
import type { LocatedPair } from '../pair/locate-pair.ts';
import { type RunFacts, recordOfError, recordOfResult, recordOfStart } from '../pair/record-run.ts';
import type { Reporter } from '../report/reporter.ts';
import { underPairLock } from './pair-lock.ts';
import type { PairStorages } from './pair-storages.ts';
import type { Places } from './prepare-pair.ts';
import type { RunOptions } from './run-options.ts';

/** A pair that is watched commits each saved file by itself: rewriting even a small tree for it would take longer than all the rest. */
const JOURNAL_ROWS_WATCHED = 500;

export interface SessionOptions {
  readonly pair: LocatedPair;
  readonly run: RunOptions;
  readonly control: SyncPauseController;
  /** gitignore lines besides those of the pair's options. */
  readonly deviceIgnore: readonly string[];
  readonly places: Places;
  readonly storages: PairStorages;
}

export interface CycleOptions {
  /** Look only at these paths; undefined looks everywhere. */
  readonly only?: readonly string[] | undefined;
  /** When the change that caused the cycle was noticed. */
  readonly sinceMs?: number | undefined;
  /** Asks about every conflict, whatever the pair's strategy is. */
  readonly conflictHandler?: ConflictHandler | undefined;
}

/** One pair while the command works on it: its open storages, and cycles one after the other, each under the pair's lock. */
export class PairSession {
  readonly pair: LocatedPair;
  readonly source: Storage;
  readonly destination: Storage;
  readonly tracker = new SyncProgressTracker((event) => this.reporter?.onEvent(this.#named(event)));
  reporter: Reporter | undefined;
  readonly #options: SessionOptions;
  readonly #state: LocalStateDirectory;
  /** What both sides agreed on; it is read again only when somebody else changed it. */
  readonly #lastState: SyncStateManager;
  readonly #lockFile: LockFile;
  readonly #records: LastRunWriter;
  #last: LastRun | undefined;

  constructor(options: SessionOptions) {
    const { pair, places, storages } = options;
    this.#options = options;
    this.pair = pair;
    this.source = storages.source;
    this.destination = storages.destination;
    this.#state = new LocalStateDirectory(places.state);
    this.#lastState = new SyncStateManager(this.#state, { journalRowsMin: options.run.watch ? JOURNAL_ROWS_WATCHED : 0 });
    this.#lockFile = new LockFile(places.state);
    this.#records = new LastRunWriter(this.#state);
  }

  /** @throws SyncError when the cycle could not run to its end; guards and cancellation are results */
  async cycle(options: CycleOptions = {}): Promise<SyncResult> {
    const { run, control } = this.#options;
    const lock = {
      file: this.#lockFile,
      wait: run.wait,
      signal: control.signal,
      onWait: (text: string) => this.reporter?.onNote(text),
    };
    return await underPairLock(lock, () => this.#cycle(options));
  }

  /** True when more of what both sides had is gone from these paths than has come to them: something is being deleted, not renamed. */
  async isLosing(paths: ReadonlySet<string>): Promise<boolean> {
    const known = await this.#lastState.pick('source', paths);
    let lost = 0;
    for (const path of paths) {
      const found = await Promise.all([this.source.stat(path), this.destination.stat(path)]);
      const isWhole = found.every((entry) => entry !== undefined);
      if (known.has(path)) lost += isWhole ? 0 : 1;
      else lost -= isWhole || found.every((entry) => entry === undefined) ? 0 : 1;
    }
    return lost > 0;
  }

  async close(): Promise<void> {
    this.reporter?.close();
    await this.#records.close();
    this.#lockFile.close();
    await Promise.all([this.#options.storages.close(), this.#state.close()]);
  }

  async #cycle({ only, sinceMs, conflictHandler }: CycleOptions): Promise<SyncResult> {
    const { run, control, pair } = this.#options;
    const startedMs = Date.now();
    const facts = (previous?: LastRun): RunFacts => ({ pair, startedMs, finishedMs: Date.now(), previous, only });
    this.reporter?.onStart(sinceMs);
    try {
      if (!run.dryRun && this.#state.read(LAST_RUN_FILE) === undefined) await this.#remember(recordOfStart(facts()));
      const engine = new SyncEngine({
        concurrencyLimits: { transfers: run.transfers, operations: run.operations },
        pauseController: control,
        progressTracker: this.tracker,
      });
      const result = await engine.syncPair(this.#enginePair(conflictHandler), this.#config(only));
      await this.#options.storages.remember();
      this.reporter?.onResult(result);
      const isWhole = only === undefined && !result.cancelled && result.stopped === undefined;
      if (!run.dryRun) await this.#remember(recordOfResult(facts(isWhole ? undefined : await this.#previous()), result));
      return result;
    } catch (error) {
      if (!run.dryRun) await this.#rememberError(facts, asError(error));
      throw error;
    }
  }

  #enginePair(conflictHandler: ConflictHandler | undefined): SyncPair {
    const { pair, deviceIgnore } = this.#options;
    const { mode, conflict, ignore } = pair.request.options;
    return {
      source: this.source,
      destination: this.destination,
      state: this.#lastState,
      syncMode: mode,
      conflictResolution: conflictHandler === undefined ? conflict : ConflictResolution.MANUAL,
      conflictHandler,
      ignore: [...ignore, ...deviceIgnore],
      agreedTexts: new AgreedTexts(this.#state),
    };
  }

  #config(only: readonly string[] | undefined): SyncConfig {
    const { run, pair } = this.#options;
    const { compare, initial, maxDelete, symlinks } = pair.request.options;
    return { comparisonMode: compare, initial, maxDelete, symlinks, force: run.force, dryRun: run.dryRun, bandwidth: run.bandwidth, only };
  }

  /** A stand-in is nothing that the user knows. */
  #named(event: SyncProgressEvent): SyncProgressEvent {
    return event.type === 'scan_start' && event.side === 'destination' ? { ...event, url: this.pair.destination.url } : event;
  }

  /** What was known before; a cycle that did not look at everything does not forget the rest. */
  async #previous(): Promise<LastRun | undefined> {
    if (this.#last !== undefined) return this.#last;
    const { readLastRun } = await import('../pair/last-run-file.ts');
    const found = await readLastRun(this.#state.path);
    return typeof found === 'string' ? undefined : found;
  }

  /** The error itself says more than a failure to write it down. */
  async #rememberError(facts: (previous?: LastRun) => RunFacts, error: Error): Promise<void> {
    const record = recordOfError(facts(await this.#previous()), error, this.#options.control.cancelled);
    await this.#remember(record).catch(() => undefined);
  }

  async #remember(record: LastRun): Promise<void> {
    this.#last = record;
    this.reporter?.onRecord?.(record);
    await this.#records.write(record);
  }
}

const NEEDS_SOMEBODY: ReadonlySet<SyncErrorCode> = new Set<SyncErrorCode>([
  'storage/root-missing',
  'storage/root-not-folder',
  'vault/wrong-key',
  'vault/rolled-back',
]);

/** True for an error that trying again does not mend: a root that is gone, a vault whose keys were rotated or that was put back. */
export function needsSomebody(error: unknown): boolean {
  return SyncError.is(error) && NEEDS_SOMEBODY.has(error.code);
}
