import { closeSync, constants, fchmodSync, fdatasyncSync, futimesSync, openSync, writeSync } from 'node:fs';
import type { CopyJob, Entry } from '@cloudsync/engine';
import { SyncError } from '@cloudsync/engine/model/error';
import { entryNow, type Place } from './place.ts';
import { NO_FOLLOW } from './platform.ts';
import { publish } from './publish.ts';
import { evenInReadOnlyFolders } from './read-only-folders.ts';
import { type Giver, readAndHash } from './read-planned.ts';
import { toSyncError } from './sync-error.ts';
import { unixTime } from './unix-time.ts';
import { isSha256, modesFor, removeQuietly, temporaryFor } from './write-entry.ts';

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
  const temporary = temporaryFor(receiver, to.path);
  const hash = beginCopy(to, temporary, receiver, (file) => {
    const digest = readAndHash(from, giver, (bytes) => {
      writeAll(file, bytes);
      onBytes(bytes.length);
    });
    setAttributes(file, to, receiver);
    if (sync) fdatasyncSync(file);
    return digest;
  });
  return { temporary, hash };
}

/** The first step where somebody else has written the content. @throws SyncError */
export function finishCopy({ to }: CopyJob, prepared: Prepared, { receiver }: CopyContext, sync: boolean): Prepared {
  const { temporary } = prepared;
  return changing(receiver, to.path, () =>
    orRemoved(temporary, () => {
      const file = openSync(temporary, constants.O_WRONLY | NO_FOLLOW);
      try {
        const { create } = modesFor(receiver, to.mode);
        if (receiver.modes) fchmodSync(file, create & ~receiver.umask);
        setAttributes(file, to, receiver);
        if (sync) fdatasyncSync(file);
      } finally {
        closeSync(file);
      }
      return prepared;
    }),
  );
}

/** Makes a temporary for `to` and has it filled; when that fails, it is removed. */
export function beginCopy<T>(to: Entry, temporary: string, receiver: Place, fill: (file: number) => T): T {
  return changing(receiver, to.path, () => {
    receiver.folders.assertParents(to.path);
    return orRemoved(temporary, () => withNewFile(temporary, to, receiver, fill));
  });
}

/**
 * The second step, once the content is on disk: the target must be what the plan saw, then the copy gets its name.
 * @returns the entry that it is now at the receiver. @throws SyncError
 */
export function publishCopy(job: CopyJob, { temporary, hash }: Prepared, { receiver }: CopyContext): Entry {
  return changing(receiver, job.to.path, () => orRemoved(temporary, () => settle(temporary, hash, job, receiver)));
}

function withNewFile<T>(temporary: string, to: Entry, receiver: Place, work: (file: number) => T): T {
  const file = openSync(temporary, 'wx', modesFor(receiver, to.mode).create);
  try {
    return work(file);
  } finally {
    closeSync(file);
  }
}

/** mtime and permission bits, as far as they are not there already. */
export function setAttributes(file: number, to: Entry, receiver: Place): void {
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

export function damaged(path: string): SyncError {
  const message = `${JSON.stringify(path)} arrived damaged: its content is not the announced one; try again`;
  return new SyncError('storage/corrupt-transfer', message, { path, retryable: true });
}
