import type { Copier, CopyJob, CopyOptions, CopyResult } from '@cloudsync/engine';
import { CancelFlag } from './cancel-flag.ts';
import { inParts } from './in-parts.ts';
import { type CopyFacts, errorOf, type IoResult } from './io-message.ts';
import { ioPool } from './io-pool.ts';
import { publishPrepared, SYNCED_ONE_BY_ONE } from './publish-prepared.ts';
import { SharedBlocks } from './shared-blocks.ts';
import { WriteBehind } from './write-behind.ts';
import { temporaryFor } from './write-entry.ts';

const BIG_FILE_BYTES = 32 << 20;

export interface LocalCopierOptions extends CopyReceiver {
  readonly giver: () => CopyFacts['giver'];
}

/** What a copier must know of the folder that it writes to. */
export interface CopyReceiver {
  readonly receiver: () => CopyFacts['receiver'];
  /** Why a path cannot be written, or undefined when it can. */
  readonly refuses: (job: CopyJob) => Error | undefined;
  /** Told of each path when the work on it has ended. */
  readonly onDone: (path: string) => void;
  /** Puts what was written to the receiver on disk; paths relative to its root. */
  readonly flush: (paths: ReadonlySet<string>) => Promise<void>;
  /** Where replaced files go; called when there is one. */
  readonly trashFolder: () => string | undefined;
}

/** Copies between two local folders in the threads of the pool. */
export class LocalCopier implements Copier {
  readonly #options: LocalCopierOptions;

  constructor(options: LocalCopierOptions) {
    this.#options = options;
  }

  async copy(jobs: readonly CopyJob[], { signal, onBytes = () => undefined }: CopyOptions): Promise<CopyResult[]> {
    const { giver, receiver, refuses, onDone, trashFolder } = this.#options;
    const refusals = jobs.map(refuses);
    const accepted = jobs.filter((_, at) => refusals[at] === undefined);
    const replaces = accepted.some(({ expected }) => expected !== undefined && expected.kind !== 'folder');
    const facts = { giver: giver(), receiver: receiver(), trashFolder: replaces ? trashFolder() : undefined };
    const results = await withCancel(signal, async ({ shared: cancel }) => {
      const context = { facts: { ...facts, cancel }, onBytes };
      const [big, small] = [accepted.filter(isBig), accepted.filter((job) => !isBig(job))];
      const [bigResults, smallResults] = await Promise.all([
        Promise.all(big.map((job) => copyBigFile(job, context))),
        this.#copySmallFiles(small, context),
      ]);
      const next = { big: bigResults.values(), small: smallResults.values() };
      return accepted.map((job) => (isBig(job) ? next.big : next.small).next().value);
    }).finally(() => {
      for (const { to } of accepted) onDone(to.path);
    });
    const copied = results.values();
    return jobs.map((job, at) => {
      const error = refusals[at];
      return error === undefined ? resultOf(job, copied.next().value) : { error };
    });
  }

  /** Prepares all, puts them on disk together, and only then gives them their names. */
  async #copySmallFiles(jobs: readonly CopyJob[], { facts, onBytes }: CopyRun): Promise<IoResult[]> {
    const sync = jobs.length <= SYNCED_ONE_BY_ONE;
    const parts = inParts(jobs, ({ from }) => from.size);
    const prepare = (part: readonly CopyJob[]) => ioPool.run({ type: 'prepare', jobs: part, sync, ...facts }, { onBytes });
    const prepared = (await Promise.all(parts.map(prepare))).flat();
    return publishPrepared(jobs, prepared, { facts, flush: sync ? undefined : this.#options.flush });
  }
}

interface CopyRun {
  readonly facts: CopyFacts;
  readonly onBytes: (bytes: number) => void;
}

function isBig(job: CopyJob): boolean {
  return job.from.size >= BIG_FILE_BYTES;
}

/** One thread reads and hashes while another writes: a big file takes as long as its hash, or as the disk. */
async function copyBigFile(job: CopyJob, { facts, onBytes }: CopyRun): Promise<IoResult> {
  const temporary = temporaryFor(facts.receiver, job.to.path);
  await using disk = new WriteBehind(temporary);
  const onRead = (bytes: number): void => {
    disk.wrote(bytes);
    onBytes(bytes);
  };
  const onBlocks = (blocks: SharedArrayBuffer): void => {
    // A helper whose thread is lost must not be waited for.
    ioPool.run({ type: 'help', blocks, cancel: facts.cancel }).catch(() => new SharedBlocks(blocks).giveBack());
  };
  const [result] = await ioPool.run({ type: 'copy-big', job, temporary, ...facts }, { onBytes: onRead, onBlocks });
  return result as IoResult;
}

export function resultOf({ from }: CopyJob, result: IoResult | undefined): CopyResult {
  if (result === undefined || !('written' in result)) return { error: errorOf(result) };
  return { from: { ...from, hash: result.written.hash }, to: result.written };
}

/** Gives threads a flag that is raised when the signal fires. */
export async function withCancel<T>(signal: AbortSignal | undefined, work: (cancel: CancelFlag) => Promise<T>): Promise<T> {
  const cancel = new CancelFlag();
  const raise = (): void => cancel.raise();
  if (signal?.aborted) raise();
  signal?.addEventListener('abort', raise);
  try {
    return await work(cancel);
  } finally {
    signal?.removeEventListener('abort', raise);
  }
}
