import { SyncError, type SyncErrorCode, type SyncProgressEvent, SyncProgressTracker, type SyncResult } from '@cloudsync/engine';
import type { SyncReport } from '@cloudsync/protocol/rest/webhooks';
import { nameOfWorkspace } from '../links/find-link.ts';
import type { LastRun } from '../pair/last-run.ts';
import { problemLines } from '../report/problems.ts';
import type { Reporter } from '../report/reporter.ts';
import { completedText } from '../report/run-reporter.ts';
import { Speedometer } from '../report/speedometer.ts';
import { summaryLine } from '../report/summary.ts';
import { formatDuration } from '../terminal/format.ts';
import { paintFor } from '../terminal/terminal.ts';
import type { LinkState, LogEntry, Outcome, SyncedChange } from './control/messages.ts';

/** A cycle with more actions is told of as a whole: a log of each would be as long as the tree. */
const LOGGED_ACTIONS_MAX = 100;
/** While files travel, the status is told again this often. */
const PROGRESS_MS = 200;

/** The server is not there, or has no time. Everything else that goes wrong is tried again too, but somebody may have to do something. */
const AWAY: ReadonlySet<SyncErrorCode> = new Set<SyncErrorCode>(['storage/unreachable', 'server/unavailable']);

/** Of the paths that failed; the log has all. */
const PROBLEMS_TOLD_MAX = 20;
/** A server takes no longer messages. */
const REPORTED_CHARS_MAX = 1000;

export interface LinkActivityOptions {
  readonly folder: string;
  readonly workspace: string;
  readonly log: (entry: LogEntry) => void;
  /** The status is another one. */
  readonly onStatus: () => void;
  readonly onChange: (change: SyncedChange) => void;
  /** For the server: how a look at everything went, and what goes wrong. */
  readonly onReport: (report: SyncReport) => void;
  /** Whether anybody wants to know of changes. */
  readonly isChangeTold: () => boolean;
}

/** What happens to one link: its state for `status`, its lines in the log, and whoever waits for the end of a cycle. */
export class LinkActivity implements Reporter {
  readonly #options: LinkActivityOptions;
  readonly #speed = new Speedometer();
  readonly #paint = paintFor(false);
  #tracker = new SyncProgressTracker();
  #state: LinkState = 'starting';
  #message: string | undefined;
  #isAway = false;
  #problem: string | undefined;
  #summary: string | undefined;
  #lastSync: string | undefined;
  #record: LastRun | undefined;
  #cycles = 0;
  #sinceMs: number | undefined;
  #isLogged = true;
  #told = new Set<string>();
  #toldMs = 0;
  #outcome = Promise.withResolvers<void>();

  constructor(options: LinkActivityOptions) {
    this.#options = options;
  }

  /** The progress of the cycles that follow. */
  follow(tracker: SyncProgressTracker | undefined): this {
    if (tracker !== undefined) this.#tracker = tracker;
    return this;
  }

  get state(): LinkState {
    return this.#state;
  }

  get outcome(): Outcome {
    const { folder, workspace } = this.#options;
    const { problems } = this.facts;
    return { folder, workspace, state: this.#state, message: this.#message, summary: this.#summary, problems };
  }

  /** Resolves when the next cycle ends, however it ends. */
  get nextOutcome(): Promise<void> {
    return this.#outcome.promise;
  }

  get facts() {
    const { completedFiles: files, totalFiles, completedBytes: bytes, totalBytes } = this.#tracker;
    return {
      state: this.#state,
      message: this.#message,
      progress: { files, totalFiles, bytes, totalBytes },
      bytesPerSecond: this.#state === 'syncing' ? Math.max(0, this.#speed.bytesPerSecond) : 0,
      lastSync: this.#lastSync,
      cycles: this.#cycles,
      files: this.#record?.files?.source,
      failed: this.#record?.failed.length ?? 0,
      conflictsLeft: this.#record?.conflicts.length ?? 0,
      problems: (this.#record?.failed ?? []).slice(0, PROBLEMS_TOLD_MAX).map(({ path, message }) => `${path}: ${message}`),
    };
  }

  enter(state: LinkState, message?: string): void {
    if (state === this.#state && message === this.#message) return;
    this.#state = state;
    this.#message = message;
    this.#options.onStatus();
  }

  /** The connection is gone; whoever noticed it tries to get it back. */
  away(error: SyncError | undefined): void {
    const message = error?.message ?? 'the connection was lost';
    const state = error?.retryable === false ? 'error' : 'offline';
    if (this.#state !== state) this.#log(state === 'error' ? 'error' : 'warn', `${state === 'error' ? '' : 'offline: '}${message}`);
    this.#isAway = true;
    this.enter(state, message);
  }

  /** It is there again: a cycle follows, which says how things are. */
  back(): void {
    if (!this.#isAway) return;
    this.#isAway = false;
    this.#log('info', 'connected again');
    this.enter('starting');
  }

  onStart(sinceMs?: number): void {
    this.#sinceMs = sinceMs;
  }

  onEvent(event: SyncProgressEvent): void {
    if (event.type === 'sync_start') {
      this.#isLogged = event.totalActions <= LOGGED_ACTIONS_MAX;
      if (event.totalActions > 0) this.enter('syncing');
    }
    this.#tellProgress();
    // The first sync of a big tree has an event for every file.
    if (!this.#isLogged && !this.#options.isChangeTold()) return;
    const text = completedText(event);
    if (text === undefined || !('action' in event && 'kind' in event)) return;
    const { action, path, from, kind, totalBytes: bytes } = event;
    const { folder, workspace } = this.#options;
    const doneMs = Date.now();
    this.#options.onChange({ folder, workspace, action, path, from, kind, bytes, noticedMs: this.#sinceMs, doneMs, text });
    const latency = this.#sinceMs === undefined ? '' : `  ${formatDuration(doneMs - this.#sinceMs)}`;
    if (this.#isLogged) this.#log('info', text + latency);
  }

  onResult(result: SyncResult): void {
    this.#summary = summaryLine(result, this.#paint);
    // What stays wrong is tried again in every cycle, and said once.
    const lines = problemLines(result.issues, result.conflicts, { verbose: false, quiet: false, paint: this.#paint });
    for (const line of lines) if (!this.#told.has(line)) this.#log('warn', line);
    this.#told = new Set(lines);
    this.#report(result);
    if (result.stopped !== undefined) this.#log('error', result.stopped.message);
    else if (!this.#isLogged || this.#cycles === 0) this.#log('info', this.#summary);
  }

  onRecord(record: LastRun): void {
    const { result, finishedAt, message } = record;
    this.#record = record;
    switch (result) {
      case 'in-sync':
      case 'paths-failed':
      case 'conflicts-left':
        this.#lastSync = finishedAt;
        this.#endCycle(result);
        break;
      case 'stopped':
        this.#endCycle('stopped', message);
        break;
      // An error is told by itself; a cycle that was cancelled is told by who cancelled it.
      case 'error':
      case 'cancelled':
      case 'unfinished':
        break;
    }
  }

  onNote(text: string): void {
    this.#log('info', text);
  }

  onError(error: Error): void {
    const isAway = SyncError.is(error) && AWAY.has(error.code);
    if (isAway) this.away(error);
    else if (error.message !== this.#message) {
      this.#log('error', error.message);
      this.#reportProblem(error.message);
    }
    this.#endCycle(isAway ? 'offline' : 'error', error.message);
  }

  close(): void {
    // Nothing is drawn.
  }

  #endCycle(state: LinkState, message?: string): void {
    this.#cycles++;
    this.#state = state;
    this.#message = message;
    this.#options.onStatus();
    this.#outcome.resolve();
    this.#outcome = Promise.withResolvers();
  }

  /** Of each single edit the server knows anyway. */
  #report({ statistics, stopped, issues, cancelled }: SyncResult): void {
    const problem = stopped?.message ?? issues.find(({ severity }) => severity === 'failed')?.message;
    const { uploaded, downloaded, bytesUploaded, bytesDownloaded, durationMs } = statistics;
    const files = uploaded + downloaded;
    const isWhole = !cancelled && this.#sinceMs === undefined;
    if (problem !== undefined || isWhole) this.#reportProblem(problem);
    if (problem === undefined && isWhole && (files > 0 || this.#cycles === 0))
      this.#options.onReport({ outcome: 'completed', files, bytes: bytesUploaded + bytesDownloaded, durationMs });
  }

  /** What stays wrong is reported once. */
  #reportProblem(problem: string | undefined): void {
    if (problem !== undefined && problem !== this.#problem)
      this.#options.onReport({ outcome: 'error', message: problem.slice(0, REPORTED_CHARS_MAX) });
    this.#problem = problem;
  }

  #tellProgress(): void {
    const now = performance.now();
    if (this.#state !== 'syncing' || now - this.#toldMs < PROGRESS_MS) return;
    this.#toldMs = now;
    this.#speed.note(now, this.#tracker.completedBytes, this.#tracker.completedFiles);
    this.#options.onStatus();
  }

  #log(level: LogEntry['level'], text: string): void {
    this.#options.log({ time: new Date().toISOString(), level, link: nameOfWorkspace(this.#options.workspace), text });
  }
}
