import type { SyncProgressEvent } from '@cloudsync/engine';
import { errorLine } from '../command-line/failure.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { Reporter } from './reporter.ts';

/**
 * One JSON object a line on stdout: the engine's event as it is and a `time` (ISO 8601), and the `pair` when the command
 * syncs several (docs/formats/events.md). Guards and errors are also said on stderr for whoever watches.
 */
export class JsonReporter implements Reporter {
  readonly #terminal: Terminal;
  readonly #extra: { readonly pair?: string };

  constructor(terminal: Terminal, pair: string | undefined) {
    this.#terminal = terminal;
    this.#extra = pair === undefined ? {} : { pair };
  }

  onStart(): void {
    // scan_start says it.
  }

  onEvent(event: SyncProgressEvent): void {
    this.#write(event);
  }

  onResult({ stopped }: { readonly stopped?: { readonly message: string } | undefined }): void {
    if (stopped !== undefined) this.#terminal.err(errorLine(stopped.message));
  }

  onNote(text: string): void {
    this.#terminal.err(text);
  }

  onError(error: Error): void {
    this.#write({ type: 'error', code: 'code' in error ? error.code : 'internal', message: error.message });
    this.#terminal.err(errorLine(error.message));
  }

  close(): void {
    // Nothing is drawn.
  }

  #write(event: object): void {
    this.#terminal.out(JSON.stringify({ time: new Date().toISOString(), ...this.#extra, ...event }));
  }
}
