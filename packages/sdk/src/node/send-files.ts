import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { IngestResult } from '@cloudsync/content';
import { type CopyOptions, type LocalFile, SyncError } from '@cloudsync/engine';
import type { LiveWorkspace } from '../live/live-workspace.ts';
import { assertGoingOn } from './cancelled.ts';
import { contentOfRefs, encodeRefs } from './content-names.ts';
import type { FileCutter } from './file-cutter.ts';
import { missingOfRecipe, type SentContent } from './send-content.ts';

/** Brings to the server what it lacks of files. A file that fails does not stop the others; the answer has the order of the question. */
export type SendFiles = (files: readonly LocalFile[], options: CopyOptions) => Promise<(SentContent | { readonly error: Error })[]>;

export interface FileSenderOptions {
  readonly live: LiveWorkspace;
  /** Sends also what the server has. */
  readonly sendsAll: boolean;
  readonly cutter: () => FileCutter;
}

/** In one message. */
const WINDOW_BYTES = 2 << 20;
const WINDOWS_AHEAD = 3;
/** So many files are sent at once. */
const FILES_AT_ONCE = 4;

const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

/**
 * Sends larger files in two passes: first they are cut and hashed by all cores, then the server says which chunks it lacks, and only those
 * are read again and sent. The server names what it gets by itself: bytes that changed in between are none that were asked for.
 */
export function fileSender({ live, sendsAll, cutter }: FileSenderOptions): SendFiles {
  return async (files, options) => {
    const cut = await cutter().cut(files, { signal: options.signal });
    const results = new Array<SentContent | { readonly error: Error }>(files.length);
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < files.length) {
        const at = next++;
        results[at] = await sendFile(live, { file: files[at] as LocalFile, cut: cut[at], sendsAll, options });
      }
    };
    await Promise.all(Array.from({ length: Math.min(FILES_AT_ONCE, files.length) }, work));
    return results;
  };
}

interface FileToSend {
  readonly file: LocalFile;
  readonly cut: IngestResult | undefined;
  readonly sendsAll: boolean;
  readonly options: CopyOptions;
}

async function sendFile(
  live: LiveWorkspace,
  { file, cut, sendsAll, options }: FileToSend,
): Promise<SentContent | { readonly error: Error }> {
  if (cut === undefined || 'error' in cut) return { error: cut?.error ?? new TypeError('a file was left out') };
  try {
    const refs = encodeRefs(cut.chunks.map(({ id, length }) => ({ id: Buffer.from(id, 'base64url'), length })));
    const named = contentOfRefs(refs);
    const lacking = await missingOf(live, refs);
    const missing = sendsAll ? [0, cut.chunks.length] : lacking;
    const offsets = offsetsOf(cut.chunks);
    const travelling = rangesOf(missing, offsets);
    options.onBytes?.(file.size - travelling.reduce((sum, { end, start }) => sum + end - start, 0));
    // Whether they were the right ones the commit will tell: asking now would send the whole list once more.
    if (travelling.length > 0) await sendRanges(live, { file, offsets, missing, options });
    return { hash: cut.hash, size: cut.size, ...named, inline: [] };
  } catch (error) {
    if (!SyncError.is(error)) throw error;
    return { error };
  }
}

/** A list of chunks is declared; a single chunk needs none. */
async function missingOf(live: LiveWorkspace, refs: Buffer): Promise<number[]> {
  if (contentOfRefs(refs).chunks !== 1) return missingOfRecipe(live, refs);
  return (await live.request('missing', { ids: refs.subarray(0, 32) })).missing;
}

/** Where each chunk begins, and at last where the file ends. */
function offsetsOf(chunks: readonly { readonly length: number }[]): number[] {
  const offsets = [0];
  for (const { length } of chunks) offsets.push((offsets.at(-1) as number) + length);
  return offsets;
}

function rangesOf(missing: readonly number[], offsets: readonly number[]): { readonly start: number; readonly end: number }[] {
  const ranges = [];
  for (let at = 0; at + 1 < missing.length; at += 2) {
    const first = missing[at] as number;
    ranges.push({ start: offsets[first] as number, end: offsets[first + (missing[at + 1] as number)] as number });
  }
  return ranges;
}

interface RangesToSend {
  readonly file: LocalFile;
  readonly offsets: readonly number[];
  readonly missing: readonly number[];
  readonly options: CopyOptions;
}

async function sendRanges(live: LiveWorkspace, { file, offsets, missing, options }: RangesToSend): Promise<void> {
  const handle = await openFile(file);
  const ahead: Promise<void>[] = [];
  try {
    for (const window of windowsOf(missing, offsets)) {
      assertGoingOn(options.signal);
      if (ahead.length >= WINDOWS_AHEAD) await ahead.shift();
      const sending = sendWindow(live, handle, { window, offsets, name: file.name, onBytes: options.onBytes });
      sending.catch(() => undefined);
      ahead.push(sending);
    }
    await Promise.all(ahead);
  } finally {
    await Promise.allSettled(ahead);
    await handle.close();
  }
}

/** Neighbouring chunks, first and behind the last. */
type Window = readonly [number, number];

function* windowsOf(missing: readonly number[], offsets: readonly number[]): Generator<Window> {
  for (let at = 0; at + 1 < missing.length; at += 2) {
    const end = (missing[at] as number) + (missing[at + 1] as number);
    for (let first = missing[at] as number; first < end; ) {
      let next = first + 1;
      while (next < end && (offsets[next + 1] as number) - (offsets[first] as number) <= WINDOW_BYTES) next++;
      yield [first, next];
      first = next;
    }
  }
}

interface WindowToSend {
  readonly window: Window;
  readonly offsets: readonly number[];
  readonly name: string;
  readonly onBytes: CopyOptions['onBytes'];
}

async function sendWindow(
  live: LiveWorkspace,
  handle: FileHandle,
  { window: [first, next], offsets, name, onBytes }: WindowToSend,
): Promise<void> {
  const start = offsets[first] as number;
  const bytes = Buffer.allocUnsafeSlow((offsets[next] as number) - start);
  for (let at = 0; at < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, at, bytes.length - at, start + at);
    if (bytesRead === 0) throw changed(name);
    at += bytesRead;
  }
  const chunks: Uint8Array[] = [];
  for (let chunk = first; chunk < next; chunk++)
    chunks.push(bytes.subarray((offsets[chunk] as number) - start, (offsets[chunk + 1] as number) - start));
  await live.request('putChunks', { chunks });
  onBytes?.(bytes.length);
}

async function openFile({ path, name, follow }: LocalFile): Promise<FileHandle> {
  try {
    return await open(path, O_RDONLY | O_NONBLOCK | (follow ? 0 : O_NOFOLLOW));
  } catch {
    throw changed(name);
  }
}

function changed(name: string): SyncError {
  const message = `${JSON.stringify(name)} changed while the sync ran; it is looked at again in the next run`;
  return new SyncError('storage/changed', message, { path: name });
}
