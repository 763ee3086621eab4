import type { Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { ByteRange, Entry } from '@cloudsync/engine';
import { assertGoingOn } from '../cancelled.ts';
import { absoluteOf } from './absolute.ts';
import { entryOfStats } from './entry-of-stats.ts';
import { changed } from './place.ts';
import { NO_FOLLOW, OPEN_TO_READ } from './platform.ts';

const CHUNK_BYTES = 256 * 1024;

export interface ReadOptions {
  readonly root: string;
  readonly follow: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** How to open a file of a tree: never through a symlink unless they are followed. */
export function openFlags(follow: boolean): number {
  return OPEN_TO_READ | (follow ? 0 : NO_FOLLOW);
}

/** Whether the open file is the one that the plan saw: kind, size, mtime, identity. */
export function isPlanned(entry: Entry, stats: Stats): boolean {
  const now = entryOfStats(entry.path, stats, true);
  if (now?.kind !== 'file' || now.size !== entry.size || now.mtimeMs !== entry.mtimeMs) return false;
  return entry.id === undefined || now.id === undefined || now.id === entry.id;
}

/** Whether nothing happened to the open file between two looks at it. */
export function isUnchanged(before: Stats, after: Stats): boolean {
  return before.size === after.size && before.mtimeMs === after.mtimeMs && before.ctimeMs === after.ctimeMs;
}

/**
 * The content of a file in fresh chunks.
 * @throws SyncError `storage/changed` when it is not what `entry` says, or changes while it is read
 */
export async function* readFile(entry: Entry, { root, follow, signal }: ReadOptions): AsyncGenerator<Uint8Array> {
  await using file = await open(absoluteOf(root, entry.path), openFlags(follow));
  const before = await file.stat();
  if (!isPlanned(entry, before)) throw changed(entry.path);
  let bytes = 0;
  for (;;) {
    assertGoingOn(signal);
    const chunk = await readChunk(file, entry.size - bytes);
    if (chunk.length === 0) break;
    bytes += chunk.length;
    if (bytes > entry.size) throw changed(entry.path);
    yield chunk;
  }
  if (bytes !== entry.size || !isUnchanged(before, await file.stat())) throw changed(entry.path);
}

/**
 * Parts of a file, one fresh buffer each.
 * @throws SyncError `storage/changed` as {@link readFile} does; a range that reaches past the end is one as well
 */
export async function* readRangesOf(
  entry: Entry,
  ranges: readonly ByteRange[],
  { root, follow, signal }: ReadOptions,
): AsyncGenerator<Uint8Array> {
  await using file = await open(absoluteOf(root, entry.path), openFlags(follow));
  const before = await file.stat();
  if (!isPlanned(entry, before)) throw changed(entry.path);
  for (const { offset, length } of ranges) {
    assertGoingOn(signal);
    const part = new Uint8Array(length);
    for (let filled = 0; filled < length; ) {
      const { bytesRead } = await file.read(part, filled, length - filled, offset + filled);
      if (bytesRead === 0) throw changed(entry.path);
      filled += bytesRead;
    }
    // Looked at before it is handed on: what was read must be what the entry describes.
    if (!isUnchanged(before, await file.stat())) throw changed(entry.path);
    yield part;
  }
}

/** One byte more than is left, so that growth is seen and the end of a small file needs one read. */
async function readChunk(file: FileHandle, leftBytes: number): Promise<Uint8Array> {
  const chunk = new Uint8Array(Math.min(CHUNK_BYTES, leftBytes + 1));
  const { bytesRead } = await file.read(chunk, 0, chunk.length);
  return chunk.subarray(0, bytesRead);
}
