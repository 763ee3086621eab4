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
import type { Row } from '../tree/row.ts';
import type { Vault } from '../vault.ts';
import { assertArrived } from './arrived.ts';
import { assertSafePath, assertWritable, lookAgainAmong } from './look-again.ts';
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
    const asked = jobs.map((job) => outcomeNow(() => ({ job, file: fileOf(source, job) })));
    const accepted = asked.flatMap((one) => ('error' in one ? [] : [one]));
    const ingested = await vault.ingest.putFiles(
      accepted.map(({ file }) => file),
      { signal, onBytes, onReused },
    );
    const arrived = await Promise.all(accepted.map(({ job }, at) => outcomeOf(() => this.#arrival(job, ingested[at]))));
    const staged = await staging.change(async (tree) => {
      const paths = accepted.map(({ job }) => job.to.path);
      const rows = await tree.getMany(new Set([...paths, ...paths.map(parentOf)]));
      const results = accepted.map(({ job }, at): CopyResult => {
        const one = arrived[at] as (typeof arrived)[number];
        return 'error' in one
          ? one
          : outcomeNow(() => this.#stage(tree, job, { ...one, before: lookAgainAmong(rows, job.to.path, job.expected) }));
      });
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

  #stage(tree: StagedTree, { from, to }: CopyJob, { before, ...arrival }: Arrival & { readonly before: Row | undefined }): CopyResult {
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
function outcomeNow<T>(work: () => T): T | { readonly error: Error } {
  try {
    return work();
  } catch (error) {
    return failure(error);
  }
}

/** The same for work that takes its time. */
async function outcomeOf<T>(work: () => Promise<T>): Promise<T | { readonly error: Error }> {
  return work().catch(failure);
}

function failure(error: unknown): { readonly error: Error } {
  if (!SyncError.is(error)) throw error;
  return { error };
}

function notRead(path: string): SyncError {
  return new SyncError('storage/io', `${JSON.stringify(path)} could not be read; run again`, { path, retryable: true });
}
