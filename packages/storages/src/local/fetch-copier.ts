import type { Copier, CopyJob, CopyOptions, CopyResult, Entry, FetchJob, FetchResult, FileAttributes } from '@cloudsync/engine';
import { SyncError } from '@cloudsync/engine/model/error';
import { CancelFlag } from './cancel-flag.ts';
import type { Prepared } from './copy-file.ts';
import { inParts } from './in-parts.ts';
import type { CopyFacts, IoResult } from './io-message.ts';
import { ioPool } from './io-pool.ts';
import { type CopyReceiver, resultOf, withCancel } from './local-copier.ts';
import { localFileOf } from './local-file.ts';
import { publishPrepared, SYNCED_ONE_BY_ONE } from './publish-prepared.ts';
import { RealFolders } from './real-folders.ts';
import { modesFor, removeQuietly, temporaryFor } from './write-entry.ts';

export interface FetchCopierOptions extends CopyReceiver {
  readonly fetchFiles: (jobs: readonly FetchJob[], options: CopyOptions) => Promise<FetchResult[]>;
  /** Another way for a file that the giver may not write into its folder. */
  readonly copyOne: (job: CopyJob, options: CopyOptions) => Promise<CopyResult>;
}

/** Has another storage write files beside their targets, many at once, and gives them their attributes and names. */
export class FetchCopier implements Copier {
  readonly #options: FetchCopierOptions;

  constructor(options: FetchCopierOptions) {
    this.#options = options;
  }

  async copy(jobs: readonly CopyJob[], options: CopyOptions): Promise<CopyResult[]> {
    const { receiver, refuses, onDone, trashFolder } = this.#options;
    const facts = receiver();
    const folders = new RealFolders(facts.root);
    const refusals = jobs.map((job) => refuses(job) ?? whyNoFolder(folders, job));
    const accepted = jobs.filter((_, at) => refusals[at] === undefined);
    const replaces = accepted.some(({ expected }) => expected !== undefined && expected.kind !== 'folder');
    const trash = replaces ? trashFolder() : undefined;
    const results = await withCancel(options.signal, ({ shared: cancel }) =>
      this.#fetch(accepted, { giver: facts, receiver: facts, trashFolder: trash, cancel }, options),
    ).finally(() => {
      for (const { to } of accepted) onDone(to.path);
    });
    const copied = results.values();
    return jobs.map((_, at) => {
      const error = refusals[at];
      return error === undefined ? (copied.next().value as CopyResult) : { error };
    });
  }

  async #fetch(jobs: readonly CopyJob[], facts: CopyFacts, options: CopyOptions): Promise<CopyResult[]> {
    const temporaries = jobs.map(({ to }) => temporaryFor(facts.receiver, to.path));
    const sync = jobs.length <= SYNCED_ONE_BY_ONE;
    let results: readonly CopyResult[] | undefined;
    try {
      const wanted = jobs.map(({ from, to, expected }, at): FetchJob => {
        const old = expected?.kind === 'file' ? localFileOf(facts.receiver.root, expected, facts.receiver.follow) : undefined;
        // The few that go to disk one by one get their attributes on the way there.
        return { entry: from, target: temporaries[at] as string, old, attributes: sync ? undefined : attributesOf(to, facts) };
      });
      const fetched = await this.#options.fetchFiles(wanted, options);
      const published = (await this.#publish(arrivals(jobs, fetched, temporaries), facts, sync)).values();
      results = await Promise.all(jobs.map((job, at) => this.#outcome(job, fetched[at], { published, options })));
      return [...results];
    } finally {
      // What has got its name is no temporary any more; what failed or was cancelled is of no use.
      for (const [at, temporary] of temporaries.entries()) if (isUseless(results?.[at])) removeQuietly(temporary);
    }
  }

  /** Attributes, disk, names. */
  async #publish(arrived: readonly Arrived[], facts: CopyFacts, sync: boolean): Promise<IoResult[]> {
    const isCancelled = new CancelFlag(facts.cancel).isRaised;
    const finish = async (part: readonly Arrived[]): Promise<readonly IoResult[]> => {
      if (!isCancelled && part.every(({ hasAttributes }) => hasAttributes)) return part.map(({ prepared }) => ({ prepared }));
      return ioPool.run({ type: 'finish', jobs: part.map(({ job, prepared }) => [job, prepared] as const), sync, ...facts });
    };
    const finished = await Promise.all(inParts(arrived, () => 0).map(finish));
    const jobs = arrived.map(({ job }) => job);
    return publishPrepared(jobs, finished.flat(), { facts, flush: sync ? undefined : this.#options.flush });
  }

  async #outcome(job: CopyJob, fetched: FetchResult | undefined, { published, options }: Outcome): Promise<CopyResult> {
    if (fetched !== undefined && 'hash' in fetched) return resultOf(job, published.next().value);
    // A read-only folder of one's own is opened for the moment; only the receiver knows how.
    if (SyncError.is(fetched?.error, 'storage/denied')) return this.#options.copyOne(job, options);
    return { error: fetched?.error ?? new TypeError('a storage did not answer for every file') };
  }
}

function isUseless(result: CopyResult | undefined): boolean {
  return result === undefined || 'error' in result;
}

/** A complete file beside its target. */
interface Arrived {
  readonly job: CopyJob;
  readonly prepared: Prepared;
  readonly hasAttributes: boolean;
}

function arrivals(jobs: readonly CopyJob[], fetched: readonly FetchResult[], temporaries: readonly string[]): Arrived[] {
  return jobs.flatMap((job, at) => {
    const result = fetched[at];
    if (result === undefined || 'error' in result) return [];
    const { hash, hasAttributes = false } = result;
    return [{ job, prepared: { temporary: temporaries[at] as string, hash }, hasAttributes }];
  });
}

function attributesOf({ mtimeMs, mode }: Entry, { receiver }: CopyFacts): FileAttributes {
  const { create, exact } = modesFor(receiver, mode);
  return { mtimeMs, mode: receiver.modes ? (exact ?? create & ~receiver.umask) : undefined };
}

interface Outcome {
  readonly published: IterableIterator<IoResult>;
  readonly options: CopyOptions;
}

/** Nothing is written through a folder that has become a symlink. */
function whyNoFolder(folders: RealFolders, { to }: CopyJob): Error | undefined {
  try {
    folders.assertParents(to.path);
    return undefined;
  } catch (error) {
    if (SyncError.is(error)) return error;
    throw error;
  }
}
