import type { StateDirectory } from '@cloudsync/engine';
import { SyncError } from '@cloudsync/engine';
import { Random } from '../random.ts';
import { Faults } from './faults.ts';
import { Process } from './process.ts';

type Files = ReadonlyMap<string, string>;

export interface MemoryStateDirectoryOptions {
  readonly files?: StateFiles;
  readonly faults?: Faults;
  readonly process?: Process;
  readonly log?: (line: string) => void;
}

/** The files of a state directory, which outlive the process that works on them and can lose power. */
export class StateFiles {
  /** Every moment since the last durable one, the newest last. */
  #moments: Files[];
  /** Writes, appends and removals that changed something, ever. */
  changes = 0;

  constructor(files: Files = new Map()) {
    this.#moments = [files];
  }

  get files(): Files {
    return this.#moments.at(-1) as Files;
  }

  /** A durable change makes what came before it in the same folder durable too. */
  change(name: string, text: string | undefined, durable: boolean): void {
    const files = new Map(this.files);
    if (text === undefined) files.delete(name);
    else files.set(name, text);
    this.#moments = durable ? [files] : [...this.#moments, files];
    this.changes++;
  }

  /** A power cut: changes that were not asked to be durable may never have happened. */
  crash(random: Random): void {
    this.#moments = [random.pick(this.#moments)];
  }
}

/**
 * A state directory in memory with the promises of the interface and not one more: a write is whole or not there, an append
 * is durable when it returns, and when the process dies inside an append, any part of it may be there.
 */
export class MemoryStateDirectory implements StateDirectory {
  readonly store: StateFiles;
  readonly #faults: Faults;
  readonly #process: Process;
  readonly #log: (line: string) => void;

  constructor({ files, faults, process, log }: MemoryStateDirectoryOptions = {}) {
    this.store = files ?? new StateFiles();
    this.#faults = faults ?? new Faults({ random: new Random(0), rates: {} });
    this.#process = process ?? new Process();
    this.#log = log ?? (() => undefined);
  }

  read(name: string): AsyncIterable<string> | undefined {
    const text = this.store.files.get(name);
    return text === undefined ? undefined : this.#pieces(text, name);
  }

  async write(
    name: string,
    chunks: Iterable<string> | AsyncIterable<string>,
    { durable = true }: { readonly durable?: boolean } = {},
  ): Promise<void> {
    let text = '';
    for await (const chunk of chunks) text += chunk;
    await this.#call(`write ${name} ${text.length}`, () => this.store.change(name, text, durable));
  }

  async append(name: string, text: string): Promise<void> {
    await this.#call(`append ${name} ${text.length}`, async () => {
      const before = this.store.files.get(name) ?? '';
      const half = text.slice(0, this.#faults.random.below(text.length + 1));
      this.store.change(name, before + half, true);
      await this.#process.step(`append ${name} …`);
      this.store.change(name, before + text, true);
    });
  }

  async remove(name: string): Promise<void> {
    if (!this.store.files.has(name)) return;
    await this.#call(`remove ${name}`, () => this.store.change(name, undefined, false));
  }

  async setAside(name: string, reason: string): Promise<string> {
    const text = this.store.files.get(name);
    if (text === undefined) throw new SyncError('storage/not-found', `there is no ${name} to set aside`, { path: name });
    let n = 1;
    while (this.store.files.has(`${name}.${reason}-${n}`)) n++;
    const kept = `${name}.${reason}-${n}`;
    await this.#call(`set aside ${name}`, () => {
      this.store.change(kept, text, true);
      this.store.change(name, undefined, true);
    });
    return kept;
  }

  async *#pieces(text: string, name: string): AsyncGenerator<string> {
    for (let at = 0; at < text.length; ) {
      await this.#process.step(`read ${name}`);
      const end = at + this.#faults.random.between(1, 4096);
      yield text.slice(at, end);
      at = end;
    }
  }

  async #call(label: string, work: () => void | Promise<void>): Promise<void> {
    await this.#process.step(label);
    if (this.#faults.fires('error-before')) throw io(label);
    if (this.#faults.fires('no-space')) throw new SyncError('storage/no-space', `there is no space for the state: ${label}`);
    await work();
    await this.#process.step(`${label} done`);
    this.#log(`state ${label}`);
    if (this.#faults.fires('error-after')) throw io(label);
  }
}

function io(label: string): SyncError {
  return new SyncError('storage/io', `the state could not be written: ${label}`, { retryable: true });
}
