import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from './programs.ts';

export interface Command {
  readonly argv: readonly [string, ...string[]];
  /** Added to the environment that the bench itself runs in. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Where it runs; where the bench runs when not given. */
  readonly cwd?: string | undefined;
}

export interface Measurement {
  /** From before the process is made until it has ended. */
  readonly seconds: number;
  /** Largest resident set of the command's biggest process; undefined where GNU time is not installed. */
  readonly peakBytes: number | undefined;
  /** By how much what the tool stores grew; undefined where a bench does not look. */
  readonly storedBytes?: number | undefined;
}

/**
 * Runs a command to its end and measures it. Peak memory comes from GNU time (`wait4`), which is small enough not to
 * lend its own memory to what it starts; Node tells nothing about the memory of its children.
 * @throws Error with the end of what the command wrote when it fails
 */
export async function measure(command: Command, scratch: string): Promise<Measurement> {
  const time = findProgram('time');
  const report = join(scratch, 'peak-kilobytes');
  const argv = time === undefined ? command.argv : [time, '--quiet', '--format=%M', `--output=${report}`, ...command.argv];
  const started = process.hrtime.bigint();
  await run(argv, command);
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  return { seconds, peakBytes: time === undefined ? undefined : Number(readFileSync(report, 'utf8')) * 1024 };
}

const TAIL_MAX = 2000;

function run(argv: readonly string[], { env, cwd }: Pick<Command, 'env' | 'cwd'>): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const [program, ...rest] = argv as [string, ...string[]];
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env }, cwd });
  let tail = '';
  const keepTail = (chunk: Buffer): void => {
    tail = (tail + chunk.toString()).slice(-TAIL_MAX);
  };
  child.stdout.on('data', keepTail);
  child.stderr.on('data', keepTail);
  child.on('error', reject);
  child.on('close', (code) => {
    if (code === 0) resolve();
    else reject(new Error(`${argv.join(' ')} ended with ${code}:\n${tail}`));
  });
  return promise;
}
