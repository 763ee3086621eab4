import { SyncError } from '@cloudsync/engine';
import { type ReadOptions, readContent } from '../content/read-content.ts';
import type { FileRow } from '../tree/row.ts';
import { isDamage, type Vault } from '../vault.ts';

/**
 * The content of a file of a vault. When a pack is gone, somebody may have pruned: the newest index knows where its chunks are now, and
 * reading goes on where it was.
 * @throws SyncError `content/missing`, `content/damaged`, `vault/damaged`; `sync/cancelled`
 */
export async function* readRow(vault: Vault, row: FileRow, options: ReadOptions = {}): AsyncGenerator<Uint8Array> {
  let done = 0;
  try {
    for await (const bytes of readContent(vault.chunks, row, options)) {
      yield bytes;
      done += bytes.length;
    }
  } catch (error) {
    if (!isGone(error)) throw explained(row.path, error);
    await vault.refresh();
    yield* readAgain(vault, row, { ...options, from: done });
  }
}

async function* readAgain(
  vault: Vault,
  row: FileRow,
  { from, signal }: ReadOptions & { readonly from: number },
): AsyncGenerator<Uint8Array> {
  let skip = from;
  try {
    for await (const bytes of readContent(vault.chunks, row, { signal })) {
      if (skip < bytes.length) yield bytes.subarray(skip);
      skip = Math.max(0, skip - bytes.length);
    }
  } catch (error) {
    throw explained(row.path, error);
  }
}

function isGone(error: unknown): boolean {
  return SyncError.is(error, 'content/missing') || SyncError.is(error, 'storage/not-found');
}

function explained(path: string, error: unknown): unknown {
  if (!isDamage(error)) return error;
  return new SyncError(error.code, `${JSON.stringify(path)} cannot be read: ${error.message}`, { path, cause: error });
}
