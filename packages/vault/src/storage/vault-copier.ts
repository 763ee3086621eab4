import type { IngestResult } from '@cloudsync/content';
import {
  type Copier,
  type CopyJob,
  type CopyOptions,
  type CopyResult,
  type LocalFile,
  parentOf,
  type Storage,
  SyncError,
} from '@cloudsync/engine';
import { makeContentList } from '../content/content-nodes.ts';
import type { Vault } from '../vault.ts';
import { assertArrived } from './arrived.ts';
import { assertSafePath, assertWritable, lookAgain } from './look-again.ts';
import { entryOfRow } from './row-entry.ts';
import type { Arrival, RowMaker } from './row-maker.ts';
import type { StagedTree } from './staged-tree.ts';
import type { Staging } from './staging.ts';

/** Where the files are. */
export type Local = Required<Pick<Storage, 'localFile'>>;

export interface VaultCopierOptions {
  readonly vault: Vault;
  readonly staging: Staging;
  readonly rows: RowMaker;
  readonly source: Local;
}

/** Takes files of this machine into a vault, many at once in threads. */
export class VaultCopier implements Copier {
  readonly #options: VaultCopierOptions;

  constructor(options: VaultCopierOptions) {
    this.#options = options;
  }

  async copy(jobs: readonly CopyJob[], { signal, onBytes, onReused }: CopyOptions): Promise<CopyResult[]> {
    const { vault, staging, source } = this.#options;
    await vault.beginWriting();
    const asked = await Promise.all(jobs.map((job) => outcomeOf(async () => ({ job, file: fileOf(source, job) }))));
    const accepted = asked.flatMap((one) => ('error' in one ? [] : [one]));
    const ingested = await vault.ingest.putFiles(
      accepted.map(({ file }) => file),
      { signal, onBytes, onReused },
    );
    const arrived = await Promise.all(accepted.map(({ job }, at) => outcomeOf(() => this.#arrival(job, ingested[at]))));
    const staged = await staging.change(async (tree) => {
      const paths = accepted.map(({ job }) => job.to.path);
      await tree.getMany([...paths, ...paths.map(parentOf)]);
      const results: CopyResult[] = [];
      for (const [at, { job }] of accepted.entries()) {
        const one = arrived[at] as (typeof arrived)[number];
        results.push('error' in one ? one : await outcomeOf(() => this.#stage(tree, job, one)));
      }
      return results.values();
    });
    return asked.map((one) => ('error' in one ? one : (staged.next().value as CopyResult)));
  }

  async #arrival({ to }: CopyJob, result: IngestResult | undefined): Promise<Arrival> {
    if (result === undefined || 'error' in result) throw result?.error ?? notRead(to.path);
    assertArrived(to, result);
    const { chunks, keys } = this.#options.vault;
    return { hash: result.hash, content: await makeContentList(result.chunks, chunks, keys.idKey) };
  }

  async #stage(tree: StagedTree, { from, to, expected }: CopyJob, arrival: Arrival): Promise<CopyResult> {
    const before = await lookAgain(tree, to.path, expected);
    const row = this.#options.rows.make(before, { ...to, ...arrival });
    tree.put(before, row);
    return { from: { ...from, hash: arrival.hash }, to: entryOfRow(row) };
  }
}

function fileOf(source: Local, { from, to }: CopyJob): LocalFile {
  assertSafePath(from.path);
  assertWritable(to.path);
  const file = source.localFile(from);
  if (file === undefined) throw notRead(from.path);
  return file;
}

/** A failure of one file as data; what is no SyncError is a bug and thrown on. */
async function outcomeOf<T>(work: () => Promise<T>): Promise<T | { readonly error: Error }> {
  try {
    return await work();
  } catch (error) {
    if (!SyncError.is(error)) throw error;
    return { error };
  }
}

function notRead(path: string): SyncError {
  return new SyncError('storage/io', `${JSON.stringify(path)} could not be read; run again`, { path, retryable: true });
}
