import { hash } from 'node:crypto';
import { errorOf, failureOf, OpenFile } from '@cloudsync/content';
import {
  assertSafePath,
  type Copier,
  type CopyJob,
  type CopyOptions,
  type CopyResult,
  type Entry,
  type LocalFile,
  SyncError,
  type UploadOptions,
} from '@cloudsync/engine';
import { assertGoingOn } from './cancelled.ts';
import { type ContentNames, nameChunk, ONE_CHUNK_BYTES } from './content-names.ts';
import { assertArrived, type SentContent } from './send-content.ts';
import type { SendFiles } from './send-files.ts';
import { assertWritable } from './workspace-names.ts';

export interface WorkspaceCopierOptions {
  readonly names: () => ContentNames;
  readonly localFile: (entry: Entry) => LocalFile | undefined;
  /** @throws SyncError when something else is at the target than the caller saw */
  readonly look: (path: string, expected: Entry | undefined) => void;
  readonly place: (entry: Entry, content: SentContent, options: UploadOptions) => Promise<Entry>;
  /** Sends what the server lacks of larger files. */
  readonly sendFiles: SendFiles;
}

interface Accepted {
  readonly job: CopyJob;
  readonly file: LocalFile;
  readonly settle: (result: CopyResult) => void;
}

/** So much is read before what was read has left: memory stays small. */
const SLICE_BYTES = 1 << 20;
const SLICES_AHEAD = 4;

/** Takes files of this machine to a workspace, many at once. */
export class WorkspaceCopier implements Copier {
  readonly #options: WorkspaceCopierOptions;

  constructor(options: WorkspaceCopierOptions) {
    this.#options = options;
  }

  async copy(jobs: readonly CopyJob[], options: CopyOptions): Promise<CopyResult[]> {
    assertGoingOn(options.signal);
    const results = new Array<CopyResult>(jobs.length);
    const accepted: Accepted[] = [];
    for (const [at, job] of jobs.entries()) {
      const settle = (result: CopyResult): void => {
        results[at] = result;
      };
      try {
        accepted.push({ job, file: this.#accept(job), settle });
      } catch (error) {
        settle(failed(error));
      }
    }
    const isSmall = ({ file }: Accepted): boolean => file.size <= ONE_CHUNK_BYTES;
    await Promise.all([
      this.#copySmall(accepted.filter(isSmall), options),
      this.#copyBig(
        accepted.filter((one) => !isSmall(one)),
        options,
      ),
    ]);
    return results;
  }

  #accept({ from, to, expected }: CopyJob): LocalFile {
    assertSafePath(from.path);
    assertWritable(to.path);
    this.#options.look(to.path, expected);
    const file = this.#options.localFile(from);
    if (file !== undefined) return file;
    throw new SyncError('storage/io', `${JSON.stringify(from.path)} could not be read; run again`, { path: from.path, retryable: true });
  }

  /** Files that travel with the change that names them. */
  async #copySmall(all: readonly Accepted[], options: CopyOptions): Promise<void> {
    const slices: Promise<unknown>[] = [];
    for (let start = 0; start < all.length; ) {
      let end = start;
      for (let bytes = 0; end < all.length && bytes < SLICE_BYTES; end++) bytes += (all[end] as Accepted).file.size + 512;
      slices.push(Promise.all(all.slice(start, end).map((one) => this.#copyOne(one, options))));
      start = end;
      if (slices.length >= SLICES_AHEAD) await slices.shift();
    }
    await Promise.all(slices);
  }

  async #copyOne({ job, file, settle }: Accepted, { signal, onBytes }: CopyOptions): Promise<void> {
    const { from, to, expected } = job;
    try {
      assertGoingOn(signal);
      const bytes = readWhole(file);
      onBytes?.(bytes.length);
      const arrived = { hash: hash('sha256', bytes, 'hex'), size: bytes.length };
      assertArrived(to, arrived);
      const content = bytes.length === 0 ? undefined : nameChunk(this.#options.names(), bytes);
      const inline = content === undefined ? [] : [bytes];
      const written = await this.#options.place(to, { ...arrived, content, chunks: inline.length, inline }, { expected, signal });
      settle({ from: { ...from, hash: arrived.hash }, to: written });
    } catch (error) {
      settle(failed(error));
    }
  }

  async #copyBig(all: readonly Accepted[], options: CopyOptions): Promise<void> {
    if (all.length === 0) return;
    const sent = await this.#options.sendFiles(
      all.map(({ file }) => file),
      options,
    );
    await Promise.all(
      all.map(async ({ job: { from, to, expected }, settle }, at) => {
        try {
          const content = sent[at];
          if (content === undefined || 'error' in content) throw content?.error ?? new TypeError('a file was left out');
          assertArrived(to, content);
          const written = await this.#options.place(to, content, { expected, signal: options.signal });
          settle({ from: { ...from, hash: content.hash }, to: written });
        } catch (error) {
          settle(failed(error));
        }
      }),
    );
  }
}

/** All of a small file, as the plan saw it. @throws SyncError */
function readWhole(file: LocalFile): Uint8Array {
  try {
    const open = new OpenFile(file);
    try {
      // One byte more than it should have shows that it has grown.
      const bytes = Buffer.allocUnsafe(file.size + 1);
      open.read(bytes, file.size, true);
      open.assertUnchanged();
      return bytes.subarray(0, file.size);
    } finally {
      open.close();
    }
  } catch (error) {
    throw errorOf(failureOf(error, file.name));
  }
}

/** A failure of one file as data; what is no SyncError is a bug and thrown on. */
function failed(error: unknown): { readonly error: Error } {
  if (!SyncError.is(error)) throw error;
  return { error };
}
