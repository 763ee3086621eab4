import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { type ChunkRef, type CopyOptions, type FetchJob, type FetchResult, type LocalFile, SyncError } from '@cloudsync/engine';
import type { LiveWorkspace } from '../live/live-workspace.ts';
import { type ChunkRun, readChunks } from '../live/read-chunks.ts';
import type { MirrorNode } from '../mirror/mirror.ts';
import { assertGoingOn } from './cancelled.ts';
import type { FileCutter } from './file-cutter.ts';
import { NewFile } from './new-file.ts';
import { readRecipe } from './workspace-chunks.ts';

export interface FetchChangedOptions extends CopyOptions {
  readonly live: LiveWorkspace;
  readonly cutter: () => FileCutter;
}

/** Smaller files are fetched sooner than their chunks are asked for. */
const DELTA_BYTES_MIN = 512 * 1024;
const BLOCK_BYTES = 4 << 20;
const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

/** Whether so much of a file may be in its old version that looking there is worth it. */
export function mayBeInOldVersion({ size, chunks }: MirrorNode, { old }: FetchJob): boolean {
  return old !== undefined && chunks > 1 && size >= DELTA_BYTES_MIN && old.size >= DELTA_BYTES_MIN;
}

/** A piece of the new file. */
type Piece =
  /** Bytes of the old one. */
  | { readonly from: 'old'; readonly offset: number; readonly length: number }
  /** Chunks of the server. */
  | { readonly from: 'server'; readonly chunks: number };

/**
 * Writes a file from what its old version on this machine holds, and from chunks that only the server has. The old version is cut as the server
 * cuts; what comes of it is hashed as a whole, whatever it is made of.
 * @returns undefined when the old version holds nothing of it
 */
export async function fetchChanged(
  job: FetchJob,
  node: MirrorNode,
  { live, cutter, signal, onBytes }: FetchChangedOptions,
): Promise<FetchResult | undefined> {
  const old = job.old as LocalFile;
  const { sequence, chunks } = node;
  const [[cut], recipe] = await Promise.all([cutter().cut([old], { signal }), readRecipe(live, { sequence, chunks, signal })]);
  if (cut === undefined || 'error' in cut) return undefined;
  const { pieces, runs } = planOf(recipe, cut.chunks, sequence);
  if (!pieces.some(({ from }) => from === 'old')) return undefined;
  const handle = await open(old.path, O_RDONLY | O_NONBLOCK | (old.follow ? 0 : O_NOFOLLOW));
  const missing = readChunks(runs, { getChunks: (params) => live.request('getChunks', params), signal });
  let file: NewFile | undefined;
  try {
    file = new NewFile(job, node);
    for (const piece of pieces) {
      const parts = piece.from === 'old' ? blocksOf(handle, piece) : take(missing, piece.chunks);
      for await (const bytes of parts) {
        assertGoingOn(signal);
        file.write(bytes);
        onBytes?.(bytes.length);
      }
    }
    return file.end();
  } catch (error) {
    file?.drop();
    throw error;
  } finally {
    await missing.return(undefined);
    await handle.close();
  }
}

/** What to take from where, neighbours together. */
function planOf(recipe: readonly ChunkRef[], held: readonly ChunkRef[], sequence: number): { pieces: Piece[]; runs: ChunkRun[] } {
  const offsets = new Map<string, number>();
  let at = 0;
  for (const { id, length } of held) {
    offsets.set(id, at);
    at += length;
  }
  const pieces: Piece[] = [];
  const runs: ChunkRun[] = [];
  for (const [index, { id, length }] of recipe.entries()) {
    const offset = offsets.get(id);
    const last = pieces.at(-1);
    if (offset !== undefined) {
      const isNext = last?.from === 'old' && last.offset + last.length === offset;
      if (isNext) pieces[pieces.length - 1] = { ...last, length: last.length + length };
      else pieces.push({ from: 'old', offset, length });
      continue;
    }
    const run = runs.at(-1);
    if (last?.from === 'server' && run !== undefined) {
      pieces[pieces.length - 1] = { from: 'server', chunks: last.chunks + 1 };
      runs[runs.length - 1] = { ...run, count: run.count + 1, bytes: run.bytes + length };
    } else {
      pieces.push({ from: 'server', chunks: 1 });
      runs.push({ sequence, first: index, count: 1, bytes: length });
    }
  }
  return { pieces, runs };
}

async function* blocksOf(
  handle: FileHandle,
  { offset, length }: { readonly offset: number; readonly length: number },
): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(Math.min(BLOCK_BYTES, length));
  for (let done = 0; done < length; ) {
    const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, length - done), offset + done);
    if (bytesRead === 0) throw new SyncError('storage/changed', 'a file changed while the sync ran; it is looked at again in the next run');
    yield buffer.subarray(0, bytesRead);
    done += bytesRead;
  }
}

async function* take(chunks: AsyncGenerator<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  for (let left = count; left > 0; left--) {
    const { value, done } = await chunks.next();
    if (done === true) throw new SyncError('server/invalid', 'the server sent fewer chunks than there are; run again');
    yield value;
  }
}
