import { createHash, hash } from 'node:crypto';
import { closeSync, fstatSync, openSync } from 'node:fs';
import type { Entry } from '@cloudsync/engine';
import { absoluteOf } from './absolute.ts';
import type { CancelFlag } from './cancel-flag.ts';
import { changed } from './place.ts';
import { isPlanned, isUnchanged, openFlags } from './read-file.ts';
import { BLOCK_BYTES, readFully } from './read-fully.ts';
import { toSyncError } from './sync-error.ts';

/** One block and a byte, so that a small file which has grown is seen in the same read. A thread reads one file at a time. */
const block = Buffer.allocUnsafeSlow(BLOCK_BYTES + 1);

export interface Giver {
  readonly root: string;
  readonly follow: boolean;
  readonly cancel: CancelFlag;
}

type Take = (bytes: Uint8Array) => void;

/**
 * Opens a file that still is what the plan saw, for as long as `work` takes, and looks at it again at the end.
 * @param work gets the open file, and a way to look at it in between
 * @throws SyncError `storage/changed` when it is not what `entry` says or changes meanwhile
 */
export function withPlanned<T>(entry: Entry, { root, follow }: Giver, work: (file: number, assertUnchanged: () => void) => T): T {
  const file = attempt(entry.path, () => openSync(absoluteOf(root, entry.path), openFlags(follow)));
  try {
    const before = fstatSync(file);
    if (!isPlanned(entry, before)) throw changed(entry.path);
    const assertUnchanged = (): void => {
      if (!isUnchanged(before, fstatSync(file))) throw changed(entry.path);
    };
    const result = work(file, assertUnchanged);
    assertUnchanged();
    return result;
  } finally {
    closeSync(file);
  }
}

export interface BlockReading {
  readonly cancel: CancelFlag;
  /** Memory for the next block, which has room for a byte more. Default: the same memory again and again. */
  readonly memory?: () => Uint8Array;
  /** Gets each block; its memory is used again when the call returns. */
  readonly take: Take;
}

/**
 * Reads an open file in blocks; a file of up to one block is one, also when it is empty.
 * @throws SyncError `storage/changed` when it has another size than `entry` says, `sync/cancelled`
 */
export function readBlocks(file: number, { path, size }: Entry, { cancel, memory = () => block, take }: BlockReading): void {
  let left = size;
  do {
    cancel.assertDown();
    const into = memory();
    const bytes = attempt(path, () => readBlock(file, into, left));
    if (bytes.length > left || bytes.length < Math.min(left, BLOCK_BYTES)) throw changed(path);
    take(bytes);
    left -= bytes.length;
  } while (left > 0);
}

/** A full block, or what is left and one byte more if there is one: a file that has grown is seen without another read. */
function readBlock(file: number, into: Uint8Array, left: number): Uint8Array {
  const enough = Math.min(left, BLOCK_BYTES);
  return into.subarray(0, readFully(file, into, enough, left <= BLOCK_BYTES ? left + 1 : enough));
}

/** Reads a whole file that still is what the plan saw, see {@link readBlocks}. */
function readPlanned(entry: Entry, giver: Giver, take: Take): void {
  withPlanned(entry, giver, (file) => readBlocks(file, entry, { cancel: giver.cancel, take }));
}

/**
 * Reads a file that still is what the plan saw, and hashes on the way.
 * @param take gets each block; its memory is used again when the call returns
 * @returns SHA-256 in hex
 * @throws SyncError `storage/changed` when it is not what `entry` says or changes while it is read, `sync/cancelled`
 */
export function readAndHash(entry: Entry, giver: Giver, take: Take): string {
  const digest = entry.size <= BLOCK_BYTES ? hashAtOnce(entry, giver, take) : hashInBlocks(entry, giver, take);
  assertPlannedHash(entry, digest);
  return digest;
}

/** @throws SyncError `storage/changed` when the plan knew another SHA-256 */
export function assertPlannedHash({ path, hash: planned }: Entry, digest: string): void {
  if (planned !== undefined && !planned.includes(':') && planned !== digest) throw changed(path);
}

/** One call for a small file costs a third of an object that is fed and asked. */
function hashAtOnce(entry: Entry, giver: Giver, take: Take): string {
  let digest = '';
  readPlanned(entry, giver, (bytes) => {
    digest = hash('sha256', bytes);
    take(bytes);
  });
  return digest;
}

function hashInBlocks(entry: Entry, giver: Giver, take: Take): string {
  const digest = createHash('sha256');
  readPlanned(entry, giver, (bytes) => {
    digest.update(bytes);
    take(bytes);
  });
  return digest.digest('hex');
}

function attempt<T>(path: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw toSyncError(error, path, 'read');
  }
}
