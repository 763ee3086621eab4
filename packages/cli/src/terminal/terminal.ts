import { LiveLines } from './live-lines.ts';

/** Where a command writes and what that place can show. Results go to `out`; progress and problems go to `err`. */
export interface Terminal {
  out(line: string): void;
  err(line: string): void;
  /** Draws a few lines at the end of `err` in place of those shown before; whatever is printed next takes them away. */
  showLive(lines: readonly string[]): void;
  clearLive(): void;
  /** True when lines on `err` can be redrawn. */
  readonly live: boolean;
  /** True when a person can be asked. */
  readonly interactive: boolean;
  /** True when a person can be asked on `err`, while `out` may go into a file or a pipe. */
  readonly canAsk: boolean;
  /** Width of `err` now. */
  columns(): number;
  readonly paintOut: Paint;
  readonly paintErr: Paint;
}

export type Colour = 'red' | 'green' | 'yellow' | 'cyan' | 'dim' | 'bold';
export type Paint = (colour: Colour, text: string) => string;

const CODES: Record<Colour, readonly [number, number]> = {
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
  dim: [2, 22],
  bold: [1, 22],
};

/** Colours text, or leaves it as it is. */
export function paintFor(colours: boolean): Paint {
  if (!colours) return (_, text) => text;
  return (colour, text) => `\x1b[${CODES[colour][0]}m${text}\x1b[${CODES[colour][1]}m`;
}

/** The terminal of this process. A reader that goes away (`| head`) ends the output, never the run. */
export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  const dumb = env.TERM === 'dumb';
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  const columns = (): number => stderr.columns || 80;
  const lines = new LiveLines((text) => stderr.write(text), columns);
  const print = (stream: NodeJS.WriteStream, line: string): void => {
    lines.clear();
    stream.write(`${line}\n`);
  };
  return {
    out: (line) => print(stdout, line),
    err: (line) => print(stderr, line),
    showLive: (shown) => lines.show(shown),
    clearLive: () => lines.clear(),
    live: stderr.isTTY === true && !dumb,
    interactive: stdout.isTTY === true && process.stdin.isTTY === true,
    canAsk: stderr.isTTY === true && !dumb && process.stdin.isTTY === true,
    columns,
    paintOut: paintFor(wantsColours(stdout, env)),
    paintErr: paintFor(wantsColours(stderr, env)),
  };
}

/** https://no-color.org: any value of NO_COLOR that is not empty turns colours off. */
export function wantsColours(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
}

/** Resolves when everything written so far has left the process. */
export async function flushOutput(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  process.stdout.write('', () => process.stderr.write('', () => resolve()));
  await promise;
}
