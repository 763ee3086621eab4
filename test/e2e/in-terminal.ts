import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

const COMMAND = fileURLToPath(new URL('../../packages/cli/bin/cloudsync.js', import.meta.url));

export interface TerminalOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly columns?: number;
}

/** The command in a terminal of its own (script(1)), with somebody who types. */
export class InTerminal {
  readonly ended: Promise<number | null>;
  readonly #process: ChildProcessWithoutNullStreams;
  #seen = 0;
  #output = '';

  constructor(args: readonly string[], { cwd, env, columns = 80 }: TerminalOptions) {
    const words = [process.execPath, COMMAND, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
    const line = `stty columns ${columns} rows 40; exec ${words.join(' ')}`;
    const { PATH, TMPDIR } = process.env;
    this.#process = spawn('script', ['-qefc', line, '/dev/null'], {
      cwd,
      env: { PATH, TMPDIR, TERM: 'xterm', TZ: 'UTC', SHELL: '/bin/sh', ...env },
    });
    const { promise, resolve, reject } = Promise.withResolvers<number | null>();
    this.#process.on('error', reject);
    this.#process.on('close', resolve);
    this.ended = promise;
    this.#process.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text;
    });
  }

  /** All that was shown, without colours and movements of the cursor. */
  get screen(): string {
    // A sequence of which only the start has come yet would count as text.
    return stripVTControlCharacters(this.#output.replace(/\x1b[^A-Za-z]*$/, '')).replaceAll('\r', '');
  }

  /** Waits until something new with this text is shown. */
  async shows(text: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = (): void => {
      const at = this.screen.indexOf(text, this.#seen);
      if (at < 0) return;
      this.#seen = at + text.length;
      this.#process.stdout.off('data', look);
      resolve();
    };
    this.#process.stdout.on('data', look);
    this.#process.on('close', () => reject(new Error(`the command ended without showing ${JSON.stringify(text)}:\n${this.screen}`)));
    look();
    await promise;
  }

  /** Types a line. */
  type(text: string): void {
    this.#process.stdin.write(`${text}\r`);
  }

  press(key: string): void {
    this.#process.stdin.write(key);
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }
}
