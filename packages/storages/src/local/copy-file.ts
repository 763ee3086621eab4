import { closeSync, fchmodSync, fdatasyncSync, futimesSync, openSync, writeSync } from 'node:fs';
import type { CopyJob, Entry } from '@cloudsync/engine';
import { SyncError } from '@cloudsync/engine/model/error';
import { entryNow, type Place } from './place.ts';
import { publish } from './publish.ts';
import { evenInReadOnlyFolders } from './read-only-folders.ts';
import { assertPlannedHash, type Giver, readAndHash, readPlanned } from './read-planned.ts';
import { readWritten } from './read-written.ts';
import { toSyncError } from './sync-error.ts';
import { unixTime } from './unix-time.ts';
import { isSha256, modesFor, removeQuietly, temporaryFor } from './write-entry.ts';
import type { WrittenSoFar } from './written-so-far.ts';

export interface CopyContext {
  readonly giver: Giver;
  readonly receiver: Place;
  readonly onBytes: (bytes: number) => void;
}

/** A complete copy beside its target, not published yet. */
export interface Prepared {
  /** Absolute. */
  readonly temporary: string;
  readonly hash: string;
}

/**
 * The first step of copying a small file: what is read is hashed and written from the same memory, and the source must be
 * the planned one before and after. @throws SyncError
 */
export function prepareCopy({ from, to }: CopyJob, { giver, receiver, onBytes }: CopyContext, sync: boolean): Prepared {
  return changing(receiver, to.path, () => {
    receiver.folders.assertParents(to.path);
    const temporary = temporaryFor(receiver, to.path);
    return orRemoved(temporary, () => {
      const hash = withNewFile(temporary, to, receiver, (file) => {
        const digest = readAndHash(from, giver, (bytes) => {
          writeAll(file, bytes);
          onBytes(bytes.length);
        });
        setAttributes(file, to, receiver);
        if (sync) fdatasyncSync(file);
        return digest;
      });
      return { temporary, hash };
    });
  });
}

/**
 * The second step, once the content is on disk: the target must be what the plan saw, then the copy gets its name.
 * @returns the entry that it is now at the receiver. @throws SyncError
 */
export function publishCopy(job: CopyJob, { temporary, hash }: Prepared, { receiver }: CopyContext): Entry {
  return changing(receiver, job.to.path, () => orRemoved(temporary, () => settle(temporary, hash, job, receiver)));
}

/**
 * The first half of copying a big file, for one thread: writes the temporary while {@link finishBigFile} follows in
 * another, and sees to it that it is on disk before it gets its name.
 */
export function fillBigFile(
  { from, to }: CopyJob,
  temporary: string,
  progress: WrittenSoFar,
  { giver, receiver, onBytes }: CopyContext,
): void {
  try {
    changing(receiver, to.path, () => {
      receiver.folders.assertParents(to.path);
      orRemoved(temporary, () =>
        withNewFile(temporary, to, receiver, (file) => {
          readPlanned(from, giver, (bytes) => {
            writeAll(file, bytes);
            progress.addBlock();
            onBytes(bytes.length);
          });
          setAttributes(file, to, receiver);
          // From here on the other thread may publish it: nothing of it changes any more, and it is on disk.
          fdatasyncSync(file);
          progress.end(true);
        }),
      );
    });
  } finally {
    // Without effect after a success.
    progress.end(false);
  }
}

/**
 * The second half: hashes what the other thread writes, as it can be read back from the file, and publishes it.
 * @returns undefined when the other half failed and says why
 */
export function finishBigFile(job: CopyJob, temporary: string, progress: WrittenSoFar, { receiver }: CopyContext): Entry | undefined {
  const { from, to } = job;
  return changing(receiver, to.path, () => {
    // Until there is a first block, there may be no file to remove.
    if (progress.waitBeyond(0).hasFailed) return undefined;
    return orRemoved(temporary, () => {
      const hash = readWritten(temporary, progress);
      if (hash === undefined) return undefined;
      assertPlannedHash(from, hash);
      return settle(temporary, hash, job, receiver);
    });
  });
}

function withNewFile<T>(temporary: string, to: Entry, receiver: Place, work: (file: number) => T): T {
  const file = openSync(temporary, 'wx', modesFor(receiver, to.mode).create);
  try {
    return work(file);
  } finally {
    closeSync(file);
  }
}

function setAttributes(file: number, to: Entry, receiver: Place): void {
  const { exact } = modesFor(receiver, to.mode);
  if (exact !== undefined) fchmodSync(file, exact);
  futimesSync(file, unixTime(to.mtimeMs), unixTime(to.mtimeMs));
}

/** The last steps with a complete temporary: is it what was announced, is the target what the plan saw, publish. */
function settle(temporary: string, hash: string, { from, to, expected }: CopyJob, receiver: Place): Entry {
  if (to.hash !== undefined && isSha256(to.hash) && to.hash !== hash) throw damaged(to.path);
  publish(receiver, { temporary, path: to.path, expected });
  const written = entryNow(receiver, to.path, hash);
  if (written.size !== from.size) throw damaged(to.path);
  return written;
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

function orRemoved<T>(temporary: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    removeQuietly(temporary);
    throw error;
  }
}

function changing<T>({ root }: Place, path: string, work: () => T): T {
  try {
    return evenInReadOnlyFolders(root, [path], work);
  } catch (error) {
    throw toSyncError(error, path, 'write');
  }
}

function damaged(path: string): SyncError {
  const message = `${JSON.stringify(path)} arrived damaged: its content is not the announced one; try again`;
  return new SyncError('storage/corrupt-transfer', message, { path, retryable: true });
}
