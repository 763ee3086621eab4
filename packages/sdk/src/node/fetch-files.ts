import { errorOf, failureOf } from '@cloudsync/content';
import { type CopyOptions, type Entry, type FetchJob, type FetchResult, SyncError } from '@cloudsync/engine';
import { type ChunkRun, readChunks } from '../live/read-chunks.ts';
import type { SmallContents } from '../live/small-contents.ts';
import type { MirrorNode } from '../mirror/mirror.ts';
import { type FetchChangedOptions, fetchChanged, mayBeInOldVersion } from './fetch-changed.ts';
import { NewFile } from './new-file.ts';

export interface FetchFilesOptions extends FetchChangedOptions {
  /** Large files are made from what their old versions hold. */
  readonly hasDelta: boolean;
  /** @throws SyncError when something else is there than the entry says */
  readonly find: (entry: Entry) => MirrorNode;
  readonly small: SmallContents;
}

/** A file to be written, and where to say what came of it. */
interface Wanted {
  readonly node: MirrorNode;
  readonly job: FetchJob;
  readonly settle: (result: FetchResult) => void;
}

/** Writes the contents of many files to this machine: small ones that came with their rows at once, all others in a stream of chunks. */
export async function fetchFiles(jobs: readonly FetchJob[], options: FetchFilesOptions): Promise<FetchResult[]> {
  const results = new Array<FetchResult>(jobs.length);
  const travelling: Wanted[] = [];
  const changed: Wanted[] = [];
  for (const [at, job] of jobs.entries()) {
    const settle = (result: FetchResult): void => {
      results[at] = result;
    };
    try {
      const node = { ...options.find(job.entry) };
      const content = contentAtHand(node, options.small);
      if (content === undefined) (options.hasDelta && mayBeInOldVersion(node, job) ? changed : travelling).push({ node, job, settle });
      else settle(writeWhole(job, node, content, options));
    } catch (error) {
      settle(failed(error, job));
    }
  }
  for (const one of changed) if (!(await isFetchedAsChange(one, options))) travelling.push(one);
  await fetchAll(travelling, options);
  return results;
}

/** @returns false when it is to be fetched whole */
async function isFetchedAsChange({ node, job, settle }: Wanted, options: FetchChangedOptions): Promise<boolean> {
  try {
    const result = await fetchChanged(job, node, options);
    if (result !== undefined) settle(result);
    return result !== undefined;
  } catch (error) {
    settle(failed(error, job));
    return true;
  }
}

function contentAtHand({ chunks, hash }: MirrorNode, small: SmallContents): Uint8Array | undefined {
  if (chunks === 0) return new Uint8Array();
  return hash === undefined ? undefined : small.take(hash);
}

function writeWhole(job: FetchJob, node: MirrorNode, content: Uint8Array, { onBytes }: CopyOptions): FetchResult {
  const file = new NewFile(job, node);
  try {
    file.write(content);
    onBytes?.(content.length);
    return file.end();
  } catch (error) {
    file.drop();
    throw error;
  }
}

/** One stream for all of them, file after file: an answer holds chunks of many. A failure of the server ends it; one of the disk only its file. */
async function fetchAll(wanted: readonly Wanted[], { live, signal, onBytes }: FetchFilesOptions): Promise<void> {
  if (wanted.length === 0) return;
  const runs = wanted.map(({ node }): ChunkRun => ({ sequence: node.sequence, first: 0, count: node.chunks, bytes: node.size }));
  const chunks = readChunks(runs, { getChunks: (params) => live.request('getChunks', params), signal });
  let done = 0;
  try {
    for (const one of wanted) {
      await fetchOne(one, chunks, onBytes);
      done++;
    }
  } catch (error) {
    for (const { job, settle } of wanted.slice(done)) settle(failed(error, job));
  } finally {
    await chunks.return(undefined);
  }
}

/** @throws what the stream of chunks fails with */
async function fetchOne({ node, job, settle }: Wanted, chunks: AsyncGenerator<Uint8Array>, onBytes: CopyOptions['onBytes']): Promise<void> {
  let file: NewFile | undefined;
  let failure: FetchResult | undefined;
  const attempt = (work: () => void): void => {
    if (failure !== undefined) return;
    try {
      work();
    } catch (error) {
      failure = failed(error, job);
    }
  };
  attempt(() => {
    file = new NewFile(job, node);
  });
  try {
    for (let left = node.chunks; left > 0; left--) {
      const { value, done } = await chunks.next();
      if (done === true) throw new SyncError('server/invalid', 'the server sent fewer chunks than there are; run again');
      attempt(() => file?.write(value));
      onBytes?.(value.length);
    }
  } catch (error) {
    file?.drop();
    throw error;
  }
  let result: FetchResult | undefined;
  attempt(() => {
    result = file?.end();
  });
  settle(failure ?? result ?? { error: new TypeError('a file was left out') });
  if (failure !== undefined) file?.drop();
}

function failed(error: unknown, { entry: { path } }: FetchJob): { readonly error: Error } {
  return { error: errorOf(failureOf(error, path, 'write')) };
}
