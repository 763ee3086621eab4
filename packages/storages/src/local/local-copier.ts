import { basename } from 'node:path';
import type { Copier, CopyJob, CopyResult, TransferOptions } from '@cloudsync/engine';
import { SyncError } from '@cloudsync/engine/model/error';
import { joinPath, parentOf } from '@cloudsync/engine/model/path';
import { CancelFlag } from './cancel-flag.ts';
import type { Prepared } from './copy-file.ts';
import { type CopyFacts, errorOf, type IoResult } from './io-message.ts';
import { ioPool } from './io-pool.ts';
import { SharedBlocks } from './shared-blocks.ts';
import { toSyncError } from './sync-error.ts';
import { WriteBehind } from './write-behind.ts';
import { removeQuietly, temporaryFor } from './write-entry.ts';

const JOBS_PER_TASK = 32;
const BYTES_PER_TASK = 4 << 20;
const BIG_FILE_BYTES = 32 << 20;
/** So few files are on disk sooner one by one than by a flush of the file system. */
const SYNCED_ONE_BY_ONE = 4;

export interface LocalCopierOptions {
  readonly giver: () => CopyFacts['giver'];
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
    const ready = jobs.flatMap((job, at) => {
      const result = prepared[at];
      return result !== undefined && 'prepared' in result ? [[job, result.prepared] as const] : [];
    });
    const refused = sync ? undefined : await this.#flushFailure(ready);
    if (refused !== undefined)
      return jobs.map((_, at) => (prepared[at] !== undefined && 'prepared' in prepared[at] ? refused : prepared[at]) as IoResult);
    const publish = (part: Ready) => ioPool.run({ type: 'publish', jobs: part, ...facts });
    const published = (await Promise.all(inParts(ready, () => 0).map(publish))).flat().values();
    return jobs.map((_, at) => {
      const result = prepared[at];
      return result !== undefined && 'prepared' in result ? (published.next().value as IoResult) : (result as IoResult);
    });
  }

  /** Puts prepared copies on disk. @returns why it failed; nothing of them is left then */
  async #flushFailure(ready: Ready): Promise<IoResult | undefined> {
    try {
      await this.#options.flush(new Set(ready.map(([{ to }, { temporary }]) => besideIt(to.path, temporary))));
      return undefined;
    } catch (error) {
      for (const [, { temporary }] of ready) removeQuietly(temporary);
      const failure = toSyncError(error, '', 'flush');
      if (!SyncError.is(failure)) throw failure;
      const { code, message, path, retryable } = failure;
      return { failure: { code, message, path, retryable } };
    }
  }
}

type Ready = readonly (readonly [CopyJob, Prepared])[];

interface CopyRun {
  readonly facts: CopyFacts;
  readonly onBytes: (bytes: number) => void;
}

function isBig(job: CopyJob): boolean {
  return job.from.size >= BIG_FILE_BYTES;
}

function besideIt(path: string, temporary: string): string {
  return joinPath(parentOf(path), basename(temporary));
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
