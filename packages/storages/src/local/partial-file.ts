import { constants, fchmodSync, futimesSync } from 'node:fs';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import type { Entry, UploadOptions } from '@cloudsync/engine';
import { SyncError } from '@cloudsync/engine/model/error';
import { nameOf } from '@cloudsync/engine/model/path';
import { assertGoingOn } from '../cancelled.ts';
import { absoluteOf } from './absolute.ts';
import { errnoOf } from './errno.ts';
import { entryNow, lookAgain, type Place } from './place.ts';
import { NO_FOLLOW } from './platform.ts';
import { publish } from './publish.ts';
import { partialName } from './temporary.ts';
import { unixTime } from './unix-time.ts';
import { modesFor, receive } from './write-entry.ts';

const READ_BYTES = 1024 * 1024;

/** What arrived of a file before it was cut off, in fresh chunks; nothing when nothing did. */
export async function* readPartial(root: string, entry: Entry): AsyncGenerator<Uint8Array> {
  const file = await openPartial(partOf(root, entry), constants.O_RDONLY);
  if (file === undefined) return;
  await using _ = file;
  for (;;) {
    const chunk = new Uint8Array(READ_BYTES);
    const { bytesRead } = await file.read(chunk);
    if (bytesRead === 0) return;
    yield chunk.subarray(0, bytesRead);
  }
}

/**
 * Writes a file as `writeFile` does, but under a name that the next try finds again: what has arrived stays when this is cut off.
 * The bytes that were there before are read again for the hash of the whole.
 */
export async function writePartial(
  place: Place,
  entry: Entry & { readonly hash: string },
  content: AsyncIterable<Uint8Array>,
  { expected, signal, resumeAt = 0 }: UploadOptions,
): Promise<Entry> {
  lookAgain(place, entry.path, expected);
  const part = partOf(place.root, entry);
  const { exact, create } = modesFor(place, entry.mode);
  const file = await openPartial(part, constants.O_RDWR | constants.O_CREAT, create);
  if (file === undefined) throw new SyncError('storage/not-found', `the folder of ${entry.path} is gone; run again`, { path: entry.path });
  try {
    let hash: string;
    try {
      await file.truncate(resumeAt);
      hash = await receive(file, entry, joined(readUpTo(file, resumeAt), content), { signal, alreadyWritten: resumeAt });
      fchmodSync(file.fd, exact ?? create & ~place.umask);
      futimesSync(file.fd, unixTime(entry.mtimeMs), unixTime(entry.mtimeMs));
      await file.datasync();
    } finally {
      await file.close();
    }
    assertGoingOn(signal);
    publish(place, { temporary: part, path: entry.path, expected });
    return entryNow(place, entry.path, hash);
  } catch (error) {
    if (isOfNoUse(error)) await unlink(part).catch(() => undefined);
    throw error;
  }
}

function partOf(root: string, { path, hash = '' }: Entry): string {
  const absolute = absoluteOf(root, path);
  return absolute.slice(0, absolute.length - nameOf(path).length) + partialName(path, hash);
}

async function openPartial(part: string, flags: number, mode?: number): Promise<FileHandle | undefined> {
  try {
    return await open(part, flags | NO_FOLLOW, mode);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Damaged bytes are not worth keeping, and on a full disk nothing is. */
function isOfNoUse(error: unknown): boolean {
  return SyncError.is(error, 'storage/corrupt-transfer') || errnoOf(error) === 'ENOSPC' || errnoOf(error) === 'EDQUOT';
}

async function* readUpTo(file: FileHandle, bytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes; ) {
    const chunk = new Uint8Array(Math.min(READ_BYTES, bytes - at));
    const { bytesRead } = await file.read(chunk, 0, chunk.length, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield chunk.subarray(0, bytesRead);
  }
}

async function* joined(...parts: AsyncIterable<Uint8Array>[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield* part;
}
