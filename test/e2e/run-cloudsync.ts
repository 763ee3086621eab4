import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { SyncProgressEvent } from '@cloudsync/engine';

const COMMAND = fileURLToPath(new URL('../../packages/cli/bin/cloudsync.js', import.meta.url));

export interface RunOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A command that runs the command given after it, such as setpriv. */
  readonly wrapper?: readonly string[] | undefined;
}

/** How the command ended. `code` is null when a signal ended it. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A line that `--json` prints: an engine event with its time, or the error that ended the command. */
export type JsonLine =
  | (SyncProgressEvent & { readonly time: string; readonly pair?: string })
  | { readonly type: 'error'; readonly time: string; readonly code: string; readonly message: string };

/** The command while it runs, in a process of its own. */
export class RunningCommand {
  readonly process: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
  readonly #lines: AsyncIterator<string>;
  #stderr = '';
  #stdout = '';

  constructor(args: readonly string[], { cwd, env, wrapper = [] }: RunOptions) {
    const [file, ...words] = [...wrapper, process.execPath, COMMAND, ...args] as [string, ...string[]];
    this.process = spawn(file, words, { cwd, env: { ...cleanEnvironment(), ...env }, stdio: 'pipe' });
    this.process.stdin.end();
    this.process.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.process.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
    });
    this.#lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
    const { promise, resolve, reject } = Promise.withResolvers<Ended>();
    this.process.on('error', reject);
    this.process.on('close', (code, signal) => resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr }));
    this.ended = promise;
  }

  /** The lines of stdout as they come; every line is given once, over all calls. */
  async *lines(): AsyncGenerator<string> {
    for (let line = await this.#lines.next(); line.done !== true; line = await this.#lines.next()) yield line.value;
  }

  /** The events of `--json` as they come. */
  async *events(): AsyncGenerator<JsonLine> {
    for await (const line of this.lines()) yield JSON.parse(line) as JsonLine;
  }

  /** The next event that fits; an error when the command ends without one. */
  async event(fits: (event: JsonLine) => boolean): Promise<JsonLine> {
    for await (const event of this.events()) if (fits(event)) return event;
    const { code, stderr } = await this.ended;
    throw new Error(`the command ended (${code}) without the event that was waited for: ${stderr}`);
  }

  /** Resolves when stderr holds the text. */
  async says(text: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = (): void => {
      if (this.#stderr.includes(text)) resolve();
    };
    this.process.stderr.on('data', look);
    this.process.on('close', () => reject(new Error(`the command ended without saying ${JSON.stringify(text)}: ${this.#stderr}`)));
    look();
    await promise;
  }
}

/** Nothing of the person who runs the tests: no home, no settings, no colours asked for. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const { PATH, TMPDIR, SystemRoot } = process.env;
  return { PATH, TMPDIR, SystemRoot, TZ: 'UTC' };
}

export function eventsOf({ stdout }: Ended): JsonLine[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JsonLine);
}
