import { createHash, hash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import type { Entry } from '@cloudsync/engine';
import { absoluteOf } from './absolute.ts';
import type { CancelFlag } from './cancel-flag.ts';
import { changed } from './place.ts';
import { isPlanned, isUnchanged, openFlags } from './read-file.ts';
import { toSyncError } from './sync-error.ts';

const BLOCK_BYTES = 1 << 20;

/** One block and a byte, so that a file which has grown is seen in the same read. Work in a thread is synchronous: it has one reader. */
const block = Buffer.allocUnsafeSlow(BLOCK_BYTES + 1);

export interface Giver {
  readonly root: string;
  readonly follow: boolean;
  readonly cancel: CancelFlag;
}

/**
 * Reads a file that still is what the plan saw, block by block, and hashes it on the way.
 * @param take gets each block; it is reused when the call returns
 * @returns SHA-256 in hex
 * @throws SyncError `storage/changed` when it is not what `entry` says or changes while it is read, `sync/cancelled`
 */
export function readWhole(entry: Entry, { root, follow, cancel }: Giver, take: (bytes: Uint8Array) => void): string {
  const file = attempt(entry.path, () => openSync(absoluteOf(root, entry.path), openFlags(follow)));
  try {
    const before = fstatSync(file);
    if (!isPlanned(entry, before)) throw changed(entry.path);
    const digest = before.size <= BLOCK_BYTES ? readAtOnce(file, entry, before, take) : readInBlocks(file, entry, cancel, take);
    if (!isUnchanged(before, fstatSync(file))) throw changed(entry.path);
    if (entry.hash !== undefined && !entry.hash.includes(':') && entry.hash !== digest) throw changed(entry.path);
    return digest;
  } finally {
    closeSync(file);
  }
}

function readAtOnce(file: number, entry: Entry, before: Stats, take: (bytes: Uint8Array) => void): string {
  const bytesRead = attempt(entry.path, () => readSync(file, block, 0, before.size + 1, 0));
  if (bytesRead !== before.size) throw changed(entry.path);
  const bytes = block.subarray(0, bytesRead);
  take(bytes);
  return hash('sha256', bytes);
}

function readInBlocks(file: number, entry: Entry, cancel: CancelFlag, take: (bytes: Uint8Array) => void): string {
  const digest = createHash('sha256');
  let total = 0;
  for (;;) {
    cancel.assertDown();
    const bytesRead = attempt(entry.path, () => readSync(file, block, 0, BLOCK_BYTES, total));
    if (bytesRead === 0) break;
    total += bytesRead;
    if (total > entry.size) throw changed(entry.path);
    const bytes = block.subarray(0, bytesRead);
    take(bytes);
    digest.update(bytes);
  }
  if (total !== entry.size) throw changed(entry.path);
  return digest.digest('hex');
}

function attempt<T>(path: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw toSyncError(error, path, 'read');
  }
}
