import type { SyncProgressEvent, SyncProgressTracker } from '@cloudsync/engine';
import type { Terminal } from '../terminal/terminal.ts';
import { scanLine, transferLines } from './progress-lines.ts';
import { Speedometer } from './speedometer.ts';

const REDRAW_MS = 100;

/** One or two lines on a terminal, redrawn ten times a second while a cycle runs. */
export class LiveProgress {
  readonly #terminal: Terminal;
  readonly #tracker: SyncProgressTracker;
  readonly #speed = new Speedometer();
  readonly #scanned = { source: 0, destination: 0 };
  #phase: 'idle' | 'scanning' | 'running' = 'idle';
  #paused = false;
  #path = '';
  #timer: NodeJS.Timeout | undefined;

  /** @param tracker keeps the totals; it has seen each event before `onEvent` does */
  constructor(terminal: Terminal, tracker: SyncProgressTracker) {
    this.#terminal = terminal;
    this.#tracker = tracker;
  }

  onEvent(event: SyncProgressEvent): void {
    switch (event.type) {
      case 'scan_start':
        this.#enter('scanning');
        break;
      case 'scan_progress':
      case 'scan_complete':
        this.#scanned[event.side] = event.files;
        break;
      case 'sync_start':
        this.#enter('running');
        break;
      case 'upload_start':
      case 'download_start':
      case 'delete_start':
      case 'rename_start':
      case 'upload_progress':
      case 'download_progress':
        this.#path = event.path;
        break;
      case 'paused':
      case 'resumed':
        this.#paused = event.type === 'paused';
        break;
      case 'sync_complete':
        this.stop();
        break;
    }
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#phase = 'idle';
    this.#terminal.clearLive();
  }

  #enter(phase: 'scanning' | 'running'): void {
    this.#phase = phase;
    this.#timer ??= setInterval(() => this.#draw(), REDRAW_MS).unref();
  }

  #draw(): void {
    if (this.#phase === 'scanning') this.#terminal.showLive([scanLine(this.#scanned)]);
    if (this.#phase === 'running') this.#drawTransfer();
  }

  #drawTransfer(): void {
    const { completedFiles, totalFiles, completedBytes, totalBytes } = this.#tracker;
    this.#speed.note(performance.now(), completedBytes, completedFiles);
    this.#terminal.showLive(
      transferLines(
        {
          files: completedFiles,
          totalFiles,
          bytes: completedBytes,
          totalBytes,
          bytesPerSecond: this.#speed.bytesPerSecond,
          msLeft: this.#speed.msLeft(totalBytes - completedBytes, totalFiles - completedFiles),
          paused: this.#paused,
          path: this.#path,
        },
        this.#terminal.columns(),
      ),
    );
  }
}
