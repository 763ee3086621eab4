import { chmodSync, fchmodSync, futimesSync, lutimesSync, mkdirSync, symlinkSync, unlinkSync, utimesSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Entry, UploadOptions } from '@cloudsync/engine';
import { SyncError } from '@cloudsync/engine/model/error';
import { nameOf } from '@cloudsync/engine/model/path';
import { assertGoingOn } from '../cancelled.ts';
import { absoluteOf } from './absolute.ts';
import { errnoOf } from './errno.ts';
import { changed, entryNow, lookAgain, type Place } from './place.ts';
import { publish } from './publish.ts';
import { temporaryName } from './temporary.ts';
import { unixTime } from './unix-time.ts';

const DEFAULT_FILE_MODE = 0o666;
const DEFAULT_FOLDER_MODE = 0o777;

/** Where the temporary of a path goes: beside it, so that publishing is a rename on one file system. */
export function temporaryFor(place: Pick<Place, 'root'>, path: string): string {
  const absolute = absoluteOf(place.root, path);
  return absolute.slice(0, absolute.length - nameOf(path).length) + temporaryName();
}

/** The mode to create a file with, and the one to set afterwards where the umask or special bits keep it from being exact. */
export function modesFor(
  place: Pick<Place, 'modes' | 'umask'>,
  wanted: number | undefined,
): { readonly create: number; readonly exact: number | undefined } {
  if (wanted === undefined || !place.modes) return { create: DEFAULT_FILE_MODE, exact: undefined };
  const plain = wanted & 0o777;
  return { create: plain, exact: (plain & ~place.umask) === wanted ? undefined : wanted };
}

/** Makes a folder, or gives the one that the plan saw its attributes. */
export function makeFolder(place: Place, entry: Entry, expected: Entry | undefined): Entry {
  const { absolute, stats } = lookAgain(place, entry.path, expected);
  if (!stats?.isDirectory()) {
    if (stats !== undefined) makeWay(place, absolute, entry.path, expected);
    try {
      mkdirSync(absolute, { mode: entry.mode ?? DEFAULT_FOLDER_MODE });
    } catch (error) {
      throw errnoOf(error) === 'EEXIST' ? changed(entry.path) : error;
    }
  }
  if (place.modes && entry.mode !== undefined && entry.mode !== entryNow(place, entry.path).mode) chmodSync(absolute, entry.mode);
  utimesSync(absolute, unixTime(entry.mtimeMs), unixTime(entry.mtimeMs));
  return entryNow(place, entry.path);
}

/** A folder takes no name that is in use, so what was there goes first. */
function makeWay(place: Place, absolute: string, path: string, expected: Entry | undefined): void {
  const { stats } = lookAgain(place, path, expected);
  if (stats === undefined) return;
  if (place.trash !== undefined) place.trash.take(absolute, path);
  else unlinkSync(absolute);
}

/** A new symlink is made at its path at once: making one refuses by itself when something is there. */
export function makeSymlink(place: Place, entry: Entry, expected: Entry | undefined): Entry {
  const { path, target } = entry;
  if (target === undefined) throw new TypeError(`the symlink ${JSON.stringify(path)} has no target`);
  const made = expected === undefined ? absoluteOf(place.root, path) : temporaryFor(place, path);
  try {
    symlinkSync(target, made);
  } catch (error) {
    throw errnoOf(error) === 'EEXIST' ? changed(path) : error;
  }
  try {
    lutimesSync(made, unixTime(entry.mtimeMs), unixTime(entry.mtimeMs));
    if (expected !== undefined) publish(place, { temporary: made, path, expected });
  } catch (error) {
    removeQuietly(made);
    throw error;
  }
  return { ...entryNow(place, path), target };
}

/**
 * Writes a file: temporary file beside the target, bytes counted and hashed on their way, attributes, publication.
 * @throws SyncError `storage/corrupt-transfer` when it is not what `entry` announces
 */
export async function writeFile(
  place: Place,
  entry: Entry,
  content: AsyncIterable<Uint8Array>,
  { expected, signal }: UploadOptions,
): Promise<Entry> {
  lookAgain(place, entry.path, expected);
  const temporary = temporaryFor(place, entry.path);
  const { create, exact } = modesFor(place, entry.mode);
  const file = await open(temporary, 'wx', create);
  try {
    let hash: string;
    try {
      hash = await receive(file, entry, content, { signal });
      if (exact !== undefined) fchmodSync(file.fd, exact);
      futimesSync(file.fd, unixTime(entry.mtimeMs), unixTime(entry.mtimeMs));
      // On disk before it gets its name: after a power cut the path holds the old content or the new, never a part.
      await file.datasync();
    } finally {
      await file.close();
    }
    assertGoingOn(signal);
    publish(place, { temporary, path: entry.path, expected });
    return entryNow(place, entry.path, hash);
  } catch (error) {
    removeQuietly(temporary);
    throw error;
  }
}

interface Receiving {
  readonly signal: AbortSignal | undefined;
  /** Bytes at the beginning of the content that the file holds: they are only counted and hashed. */
  readonly alreadyWritten?: number;
}

/**
 * Takes a content into a file, counting and hashing it.
 * @returns its SHA-256
 * @throws SyncError `storage/corrupt-transfer` when it is not what `entry` announces
 */
export async function receive(
  file: FileHandle,
  entry: Entry,
  content: AsyncIterable<Uint8Array>,
  { signal, alreadyWritten = 0 }: Receiving,
): Promise<string> {
  // Loading node:crypto takes as long as scanning thousands of files; a run that writes nothing does without.
  const { createHash } = await import('node:crypto');
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of content) {
    assertGoingOn(signal);
    bytes += chunk.length;
    if (bytes > entry.size) break;
    hash.update(chunk);
    if (bytes > alreadyWritten) await writeAll(file, chunk, bytes - chunk.length);
  }
  if (bytes !== entry.size)
    throw corrupt(entry.path, bytes > entry.size ? `more than the announced ${entry.size} bytes` : `${bytes} of ${entry.size} bytes`);
  const digest = hash.digest('hex');
  if (entry.hash !== undefined && isSha256(entry.hash) && entry.hash !== digest) throw corrupt(entry.path, 'content with another hash');
  return digest;
}

async function writeAll(file: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < chunk.length; ) at += (await file.write(chunk, at, chunk.length - at, position + at)).bytesWritten;
}

/** Another kind of hash carries its name: `md5:…`. */
export function isSha256(hash: string): boolean {
  return !hash.includes(':');
}

function corrupt(path: string, arrived: string): SyncError {
  return new SyncError('storage/corrupt-transfer', `${JSON.stringify(path)} arrived damaged: ${arrived}; nothing was replaced, try again`, {
    path,
    retryable: true,
  });
}

export function removeQuietly(temporary: string): void {
  try {
    unlinkSync(temporary);
  } catch {
    // Published already, or the disk is gone: the next scan removes what is left.
  }
}
