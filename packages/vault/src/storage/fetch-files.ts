import type { FileToRestore } from '@cloudsync/content';
import { type CopyOptions, type FetchJob, type FetchResult, SyncError } from '@cloudsync/engine';
import { contentChunks } from '../content/content-nodes.ts';
import type { FileRow } from '../tree/row.ts';
import { isDamage, type Vault } from '../vault.ts';

/** A file that somebody wants, or why he cannot have it. */
type Wanted = { readonly row: FileRow; readonly file: FileToRestore } | { readonly error: SyncError };

/**
 * Writes many files of a vault to this machine, in threads. Every chunk is what its id says, and the hash that is answered is that of
 * these chunks as the vault has it.
 */
export async function fetchFiles(
  vault: Vault,
  jobs: readonly FetchJob[],
  options: CopyOptions & { readonly find: (job: FetchJob) => Promise<FileRow> },
): Promise<FetchResult[]> {
  const wanted = await Promise.all(jobs.map((job) => wantedOf(vault, job, options.find)));
  const files = wanted.flatMap((one) => ('error' in one ? [] : [one.file]));
  const restored = (await vault.restore.restoreFiles(files, options)).values();
  return wanted.map((one): FetchResult => {
    if ('error' in one) return one;
    const failure = restored.next().value;
    return failure === undefined ? { hash: one.row.hash, hasAttributes: one.file.attributes !== undefined } : failure;
  });
}

async function wantedOf(vault: Vault, job: FetchJob, find: (job: FetchJob) => Promise<FileRow>): Promise<Wanted> {
  try {
    const row = await find(job);
    const chunks = [];
    for await (const some of contentChunks(vault.chunks, row.content)) chunks.push(...some);
    return { row, file: { chunks, target: job.target, name: row.path, attributes: job.attributes } };
  } catch (error) {
    if (!SyncError.is(error)) throw error;
    return { error: isDamage(error) ? new SyncError(error.code, error.message, { path: job.entry.path, cause: error }) : error };
  }
}
