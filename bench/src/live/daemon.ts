import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Command } from '../measure.ts';

const TAIL_MAX = 4000;
/** Of the kernel's clock that counts CPU time (sysconf(_SC_CLK_TCK), 100 on every Linux of today). */
const TICKS_PER_SECOND = 100;

/** A program that runs until it is stopped. What it does not live to end by itself ends with the bench. */
export class Daemon {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #lines = new Set<(line: string) => void>();
  #tail = '';

  constructor(name: string, { argv, env, cwd }: Command) {
    this.name = name;
    const [program, ...rest] = argv;
    this.#child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env }, cwd });
    this.#child.on('error', (error) => this.#keep(error.message));
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', (line) => this.#keep(line));
    }
    process.once('exit', this.#kill);
  }

  /** Largest resident sets up to now of it and of what it started, in bytes. */
  get peakBytes(): number {
    return sum(this.#pids, (pid) => kilobytes(read(pid, 'status'), 'VmHWM') * 1024);
  }

  get residentBytes(): number {
    return sum(this.#pids, (pid) => kilobytes(read(pid, 'status'), 'VmRSS') * 1024);
  }

  /** Seconds that it and what it started have computed, in themselves and in the kernel. */
  get cpuSeconds(): number {
    return sum(this.#pids, (pid) => {
      const [, fields = ''] = read(pid, 'stat').split(') ');
      const [user = 0, system = 0] = fields.split(' ').slice(11, 13).map(Number);
      return (user + system) / TICKS_PER_SECOND;
    });
  }

  /** The first line that it prints from now on and that matches. @throws Error when it ends before */
  line(pattern: RegExp): Promise<RegExpExecArray> {
    const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
    const look = (line: string): void => {
      const match = pattern.exec(line);
      if (match !== null) resolve(match);
    };
    this.#lines.add(look);
    this.#child.once('exit', (code) => reject(new Error(`${this.name} ended with ${code}:\n${this.#tail}`)));
    return promise.finally(() => this.#lines.delete(look));
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    process.off('exit', this.#kill);
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill(signal);
    await ended;
  }

  readonly #kill = (): void => void this.#child.kill('SIGKILL');

  get #pids(): number[] {
    return this.#child.pid === undefined ? [] : withChildren(this.#child.pid);
  }

  #keep(line: string): void {
    this.#tail = `${this.#tail}${line}\n`.slice(-TAIL_MAX);
    for (const look of this.#lines) look(line);
  }
}

/** Some programs are a parent that watches over the one that works. */
function withChildren(pid: number): number[] {
  const children = threadsOf(pid).flatMap((thread) => read(pid, `task/${thread}/children`).split(' ').filter(Boolean).map(Number));
  return [pid, ...children.flatMap(withChildren)];
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** What the kernel tells of a process; empty when it has just ended. */
function read(pid: number, what: string): string {
  try {
    return readFileSync(`/proc/${pid}/${what}`, 'utf8');
  } catch {
    return '';
  }
}

function sum(pids: readonly number[], of: (pid: number) => number): number {
  return pids.reduce((total, pid) => total + of(pid), 0);
}

function kilobytes(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
}
