import type { Copier, CopyJob, CopyResult, TransferOptions } from '@cloudsync/engine';
import { CancelFlag } from './cancel-flag.ts';
import { type CopyTask, errorOf, type IoResult } from './io-message.ts';
import { ioPool } from './io-pool.ts';

const JOBS_PER_TASK = 32;
const BYTES_PER_TASK = 4 << 20;

export interface LocalCopierOptions {
  readonly giver: () => CopyTask['giver'];
  readonly receiver: () => CopyTask['receiver'];
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
      return (await Promise.all(parts.map((part) => ioPool.run({ type: 'copy', jobs: part, cancel, ...facts }, onBytes)))).flat();
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
