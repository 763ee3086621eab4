import { shortenEnd } from './width.ts';

/**
 * A few lines at the bottom of a terminal that are drawn again in place. They never wrap: each is cut to the width that
 * the terminal has at that moment, and the cursor waits at the start of the first one, so that whatever is printed next
 * (also by a shell after a kill) starts on a clean line.
 */
export class LiveLines {
  readonly #draw: (text: string) => void;
  readonly #columns: () => number;
  #shown = 0;

  constructor(draw: (text: string) => void, columns: () => number) {
    this.#draw = draw;
    this.#columns = columns;
  }

  show(lines: readonly string[]): void {
    const width = this.#columns() - 1;
    const fitted = lines.map((line) => `\x1b[2K${shortenEnd(line, width)}`);
    for (let i = lines.length; i < this.#shown; i++) fitted.push('\x1b[2K');
    this.#draw(`\r${fitted.join('\n')}${up(fitted.length - 1)}\r`);
    this.#shown = lines.length;
  }

  clear(): void {
    if (this.#shown === 0) return;
    this.#draw(`\r${Array.from({ length: this.#shown }, () => '\x1b[2K').join('\n')}${up(this.#shown - 1)}\r`);
    this.#shown = 0;
  }
}

function up(lines: number): string {
  return lines > 0 ? `\x1b[${lines}A` : '';
}
