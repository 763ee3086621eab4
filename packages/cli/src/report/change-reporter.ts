import type { SyncProgressEvent, SyncResult } from '@cloudsync/engine';
import { errorLine } from '../command-line/failure.ts';
import { formatDuration, formatTimeOfDay } from '../terminal/format.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { problemLines } from './problems.ts';
import type { Reporter } from './reporter.ts';
import { completedText } from './run-reporter.ts';

export interface ChangeReporterOptions {
  readonly terminal: Terminal;
  readonly verbose: boolean;
  readonly quiet: boolean;
  /** Said before each line when several pairs are watched. */
  readonly label: string | undefined;
  readonly decide: string;
}

/** For people who leave a sync running: one line a change with the time and how long it took from notice to done. */
export class ChangeReporter implements Reporter {
  readonly #options: ChangeReporterOptions;
  #sinceMs: number | undefined;
  #told = new Set<string>();

  constructor(options: ChangeReporterOptions) {
    this.#options = options;
  }

  onStart(sinceMs?: number): void {
    this.#sinceMs = sinceMs;
  }

  onEvent(event: SyncProgressEvent): void {
    const line = completedText(event);
    if (line === undefined || this.#options.quiet) return;
    const latency = this.#sinceMs === undefined ? '' : `  ${formatDuration(Date.now() - this.#sinceMs)}`;
    this.#options.terminal.out(this.#stamp(line + this.#options.terminal.paintOut('dim', latency)));
  }

  onResult(result: SyncResult): void {
    const { terminal, verbose, quiet, decide } = this.#options;
    // What stays wrong is tried again in every cycle, and said once.
    const lines = problemLines(result.issues, result.conflicts, { verbose, quiet, paint: terminal.paintErr });
    for (const line of lines) if (!this.#told.has(line)) terminal.err(this.#stamp(line));
    this.#told = new Set(lines);
    if (result.stopped !== undefined) terminal.err(errorLine(result.stopped.message));
    if (result.conflicts.some((conflict) => conflict.outcome === 'unresolved')) this.onNote(`Decide with: ${decide}`);
  }

  onNote(text: string): void {
    if (!this.#options.quiet) this.#options.terminal.err(this.#stamp(text));
  }

  onError(error: Error): void {
    this.#options.terminal.err(this.#stamp(errorLine(error.message)));
  }

  close(): void {
    // Nothing is drawn.
  }

  #stamp(line: string): string {
    const label = this.#options.label === undefined ? '' : `${this.#options.label}: `;
    return `${formatTimeOfDay(Date.now())} ${label}${line}`;
  }
}
