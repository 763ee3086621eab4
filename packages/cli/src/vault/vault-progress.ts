import { formatDuration } from '../terminal/format.ts';
import type { Terminal } from '../terminal/terminal.ts';

const REDRAW_MS = 100;

/** One line at the bottom of a terminal while something takes long: `Checking  12/340 packs  (3 s)`. Elsewhere it shows nothing. */
export class VaultProgress implements Disposable {
  readonly #terminal: Terminal;
  readonly #what: string;
  readonly #startedMs = performance.now();
  #detail = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(terminal: Terminal, what: string) {
    this.#terminal = terminal;
    this.#what = what;
    if (terminal.live) this.#timer = setInterval(() => this.#draw(), REDRAW_MS).unref();
  }

  show(detail: string): void {
    this.#detail = detail;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#terminal.clearLive();
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  #draw(): void {
    this.#terminal.showLive([`${this.#what}  ${this.#detail}  (${formatDuration(performance.now() - this.#startedMs)})`]);
  }
}
