import type { Copier, CopyJob, CopyResult, TransferOptions } from '@cloudsync/engine';
import { CancelFlag } from './cancel-flag.ts';
import { type CopyFacts, errorOf, type IoResult } from './io-message.ts';
import { ioPool } from './io-pool.ts';
import { temporaryFor } from './write-entry.ts';
import { WrittenSoFar } from './written-so-far.ts';

const JOBS_PER_TASK = 32;
const BYTES_PER_TASK = 4 << 20;
const BIG_FILE_BYTES = 32 << 20;

export interface LocalCopierOptions {
  readonly giver: () => CopyFacts['giver'];
  readonly receiver: () => CopyFacts['receiver'];
  /** Why a path cannot be written, or undefined when it can. */
  readonly refuses: (job: CopyJob) => Error | undefined;
  /** Told of each path when the work on it has ended. */
  readonly onDone: (path: string) => void;
  /** Where replaced files go; called when there is one. */
  readonly trashFolder: () => string | undefined;
}

/** Copies between two local folders in the threads of the pool. */
export class LocalCopier implements Copier {
  readonly #options: LocalCopierOptions;

  constructor(options: LocalCopierOptions) {
    this.#options = options;
  }

  async copy(
    jobs: readonly CopyJob[],
    { signal, onBytes = () => undefined }: TransferOptions & { onBytes?: ((bytes: number) => void) | undefined },
  ): Promise<CopyResult[]> {
    const { giver, receiver, refuses, onDone, trashFolder } = this.#options;
    const refusals = jobs.map(refuses);
    const accepted = jobs.filter((_, at) => refusals[at] === undefined);
    const replaces = accepted.some(({ expected }) => expected !== undefined && expected.kind !== 'folder');
    const facts = { giver: giver(), receiver: receiver(), trashFolder: replaces ? trashFolder() : undefined };
    const results = await withCancel(signal, async ({ shared: cancel }) => {
      const parts = inParts(accepted, ({ from }) => from.size);
      const copyPart = (jobs: readonly CopyJob[]): Promise<readonly IoResult[]> =>
        isBig(jobs[0])
          ? copyBigFile(jobs[0], { ...facts, cancel }, onBytes)
          : ioPool.run({ type: 'copy', jobs, ...facts, cancel }, { onBytes });
      return (await Promise.all(parts.map(copyPart))).flat();
    }).finally(() => {
      for (const { to } of accepted) onDone(to.path);
    });
    const copied = results.values();
    return jobs.map((job, at) => {
      const error = refusals[at];
      return error === undefined ? resultOf(job, copied.next().value) : { error };
    });
  }
}

function isBig(job: CopyJob | undefined): job is CopyJob {
  return job !== undefined && job.from.size >= BIG_FILE_BYTES;
}

/** One thread writes while another reads back, hashes and publishes: a big file takes as long as its hash alone. */
async function copyBigFile(job: CopyJob, facts: CopyFacts, onBytes: (bytes: number) => void): Promise<readonly IoResult[]> {
  const temporary = temporaryFor(facts.receiver, job.to.path);
  const progress = new WrittenSoFar();
  const task = { job, temporary, progress: progress.shared, ...facts };
  let second: Promise<readonly IoResult[]> | undefined;
  // Only once the first half has a thread: else the second might wait for it on the only one that is free.
  const onBegin = (): void => {
    second = ioPool.run({ type: 'finish', ...task });
  };
  // When its thread dies, the other must not wait for ever.
  const first = await ioPool.run({ type: 'fill', ...task }, { onBytes, onBegin }).finally(() => progress.end(false));
  const finished = await second;
  return finished === undefined || first.some((result) => !('half' in result)) ? first : finished;
}

function resultOf({ from }: CopyJob, result: IoResult | undefined): CopyResult {
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

/** Cuts work into tasks: many small files are one, a big file is one by itself. */
export function inParts<T>(all: readonly T[], bytesOf: (one: T) => number): T[][] {
  const parts: T[][] = [];
  let bytes = 0;
  for (const one of all) {
    const part = parts.at(-1);
    if (part === undefined || part.length === JOBS_PER_TASK || bytes + bytesOf(one) > BYTES_PER_TASK) {
      parts.push([one]);
      bytes = bytesOf(one);
    } else {
      part.push(one);
      bytes += bytesOf(one);
    }
  }
  return parts;
}
