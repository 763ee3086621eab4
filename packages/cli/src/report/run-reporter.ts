import type { SyncProgressEvent, SyncProgressTracker, SyncResult } from '@cloudsync/engine';
import { errorLine } from '../command-line/failure.ts';
import { formatBytes } from '../terminal/format.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { actionText } from './action-text.ts';
import { LiveProgress } from './live-progress.ts';
import { problemLines } from './problems.ts';
import type { Reporter } from './reporter.ts';
import { planLines, summaryLine } from './summary.ts';

export interface RunReporterOptions {
  readonly terminal: Terminal;
  readonly tracker: SyncProgressTracker;
  readonly verbose: boolean;
  readonly quiet: boolean;
  readonly dryRun: boolean;
  /** What the user can do about conflicts: `cloudsync resolve-conflicts a b`. */
  readonly decide: string;
}

/** For people: live progress on a terminal, then problems (stderr) and a summary or a plan (stdout). */
export class RunReporter implements Reporter {
  readonly #options: RunReporterOptions;
  readonly #progress: LiveProgress | undefined;

  constructor(options: RunReporterOptions) {
    this.#options = options;
    if (options.terminal.live && !options.quiet) this.#progress = new LiveProgress(options.terminal, options.tracker);
  }

  onStart(): void {
    // The first event starts the display.
  }

  onEvent(event: SyncProgressEvent): void {
    this.#progress?.onEvent(event);
    if (!this.#options.verbose) return;
    const line = completedText(event);
    if (line !== undefined) this.#options.terminal.out(line);
  }

  onResult(result: SyncResult): void {
    const { terminal, verbose, quiet, dryRun, decide } = this.#options;
    this.#progress?.stop();
    if (dryRun && result.stopped === undefined) for (const line of planLines(result, terminal.paintOut)) terminal.out(line);
    for (const line of problemLines(result.issues, result.conflicts, { verbose, quiet, paint: terminal.paintErr })) terminal.err(line);
    if (result.stopped !== undefined) {
      terminal.err(errorLine(result.stopped.message));
      return;
    }
    if (!dryRun && !quiet) terminal.out(summaryLine(result, terminal.paintOut));
    if (result.statistics.conflictsLeft > 0) terminal.err(`Decide with: ${decide}`);
  }

  onNote(text: string): void {
    if (!this.#options.quiet) this.#options.terminal.err(text);
  }

  onError(error: Error): void {
    this.#progress?.stop();
    this.#options.terminal.err(errorLine(error.message));
  }

  close(): void {
    this.#progress?.stop();
  }
}

/** One line for an action that is done, or undefined for any other event. */
export function completedText(event: SyncProgressEvent): string | undefined {
  switch (event.type) {
    case 'upload_complete':
    case 'download_complete':
    case 'delete_complete':
    case 'rename_complete': {
      const { action: type, path, from, kind, attributesOnly, totalBytes } = event;
      const what = attributesOnly === true ? '  (time or permissions)' : totalBytes > 0 ? `  (${formatBytes(totalBytes)})` : '';
      return actionText({ type, path, from, kind }) + what;
    }
    default:
      return undefined;
  }
}
