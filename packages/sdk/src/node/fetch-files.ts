import { createHash, hash as hashOf } from 'node:crypto';
import { closeSync, fchmodSync, futimesSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { errorOf, failureOf } from '@cloudsync/content';
import { type CopyOptions, type Entry, type FetchJob, type FetchResult, SyncError } from '@cloudsync/engine';
import type { LiveWorkspace } from '../live/live-workspace.ts';
import { type ChunkRun, readChunks } from '../live/read-chunks.ts';
import type { SmallContents } from '../live/small-contents.ts';
import type { MirrorNode } from '../mirror/mirror.ts';

export interface FetchFilesOptions extends CopyOptions {
  readonly live: LiveWorkspace;
  /** @throws SyncError when something else is there than the entry says */
  readonly find: (entry: Entry) => MirrorNode;
  readonly small: SmallContents;
}

const OWNER_ONLY = 0o600;

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
  for (const [at, job] of jobs.entries()) {
    const settle = (result: FetchResult): void => {
      results[at] = result;
    };
    try {
      const node = { ...options.find(job.entry) };
      const content = contentAtHand(node, options.small);
      if (content === undefined) travelling.push({ node, job, settle });
      else settle(writeWhole(job, node, content, options));
    } catch (error) {
      settle(failed(error, job));
    }
  }
  await fetchAll(travelling, options);
  return results;
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

/** A file that is being written, and hashed on the way. */
class NewFile {
  readonly #job: FetchJob;
  readonly #node: MirrorNode;
  readonly #descriptor: number;
  #whole: ReturnType<typeof createHash> | undefined;
  #hash: string | undefined;
  #size = 0;
  #isOpen = true;

  /** @throws an error of the system when there is something already, or nothing can be made */
  constructor(job: FetchJob, node: MirrorNode) {
    this.#job = job;
    this.#node = node;
    this.#descriptor = openSync(job.target, 'wx', OWNER_ONLY);
  }

  write(bytes: Uint8Array): void {
    this.#size += bytes.length;
    // A file in one piece is hashed in one call, which is faster.
    if (this.#whole === undefined && this.#size === this.#node.size) this.#hash = hashOf('sha256', bytes, 'hex');
    else {
      this.#whole ??= createHash('sha256');
      this.#whole.update(bytes);
    }
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#descriptor, bytes, at);
  }

  /** @throws SyncError `storage/corrupt-transfer` when this is not the content that the row tells of; then nothing is left of it */
  end(): FetchResult {
    const { name, hash, size } = this.#node;
    const own = this.#hash ?? (this.#whole ?? createHash('sha256')).digest('hex');
    if (own !== hash || this.#size !== size) {
      const message = `${JSON.stringify(name)} arrived damaged from the server; nothing was replaced, try again`;
      throw new SyncError('storage/corrupt-transfer', message, { retryable: true });
    }
    const { attributes } = this.#job;
    if (attributes !== undefined) {
      if (attributes.mode !== undefined) fchmodSync(this.#descriptor, attributes.mode);
      // As text: of a number below zero Node makes the present.
      const seconds = String(attributes.mtimeMs / 1000);
      futimesSync(this.#descriptor, seconds, seconds);
    }
    this.#close();
    return { hash: own, hasAttributes: attributes !== undefined };
  }

  /** Nothing is left of it. */
  drop(): void {
    this.#close();
    unlinkSync(this.#job.target);
  }

  #close(): void {
    if (this.#isOpen) closeSync(this.#descriptor);
    this.#isOpen = false;
  }
}

function failed(error: unknown, { entry: { path } }: FetchJob): { readonly error: Error } {
  return { error: errorOf(failureOf(error, path, 'write')) };
}
