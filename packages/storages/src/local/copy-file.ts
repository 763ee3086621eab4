import { closeSync, fchmodSync, futimesSync, openSync, writeSync } from 'node:fs';
import type { CopyJob, Entry } from '@cloudsync/engine';
import { SyncError } from '@cloudsync/engine/model/error';
import { entryNow, type Place } from './place.ts';
import { publish } from './publish.ts';
import { type Giver, readWhole } from './read-whole.ts';
import { toSyncError } from './sync-error.ts';
import { unixTime } from './unix-time.ts';
import { isSha256, modesFor, removeQuietly, temporaryFor } from './write-entry.ts';

export interface CopyContext {
  readonly giver: Giver;
  readonly receiver: Place;
  readonly onBytes: (bytes: number) => void;
}

/**
 * Copies one file between two folders of this machine: what is read is hashed and written from the same memory, the
 * source must be the planned one before and after, the target when it is published.
 * @returns the entry that it is now at the receiver, with the hash of what went through
 * @throws SyncError
 */
export function copyFile({ from, to, expected }: CopyJob, context: CopyContext): Entry {
  const { receiver } = context;
  try {
    receiver.folders.assertParents(to.path);
    const temporary = temporaryFor(receiver, to.path);
    try {
      const hash = fill(temporary, from, to, context);
      if (to.hash !== undefined && isSha256(to.hash) && to.hash !== hash) throw damaged(to.path);
      publish(receiver, { temporary, path: to.path, expected });
      const written = entryNow(receiver, to.path, hash);
      if (written.size !== from.size) throw damaged(to.path);
      return written;
    } catch (error) {
      removeQuietly(temporary);
      throw error;
    }
  } catch (error) {
    throw toSyncError(error, to.path, 'write');
  }
}

/** Writes the temporary with all its attributes. @returns the hash of what went through */
function fill(temporary: string, from: Entry, to: Entry, { giver, receiver, onBytes }: CopyContext): string {
  const { create, exact } = modesFor(receiver, to.mode);
  const file = openSync(temporary, 'wx', create);
  try {
    const hash = readWhole(from, giver, (bytes) => {
      writeAll(file, bytes);
      onBytes(bytes.length);
    });
    if (exact !== undefined) fchmodSync(file, exact);
    futimesSync(file, unixTime(to.mtimeMs), unixTime(to.mtimeMs));
    return hash;
  } finally {
    closeSync(file);
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

function damaged(path: string): SyncError {
  const message = `${JSON.stringify(path)} arrived damaged: its content is not the announced one; try again`;
  return new SyncError('storage/corrupt-transfer', message, { path, retryable: true });
}
