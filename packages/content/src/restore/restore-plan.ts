import { type ChunkId, decodeChunkId } from '../store/chunk-id.ts';
import type { IndexedChunk, IndexedPack, IndexedSegment } from '../store/chunk-index.ts';
import type { ChunkRef } from '../store/chunk-store.ts';
import type { ChunkWrite } from './restore-order.ts';

/** A file that is to be made of chunks. */
export interface PlannedFile {
  readonly chunks: readonly ChunkRef[];
}

/** Where a chunk lies, or undefined when it is not in any pack. */
export type Locate = (id: Uint8Array) => IndexedChunk | undefined;

/** What is read from a pack in one go, and what of it belongs where. */
export interface RestoreGroup {
  readonly pack: IndexedPack;
  /** Neighbours, in the order of the pack. */
  readonly segments: readonly IndexedSegment[];
  /** `target` is the number of the file in the question. */
  readonly writes: readonly ChunkWrite[];
}

/** Chunks are planned so many bytes at a time: what lies together in packs is read together, however files refer to it. */
const WINDOW_BYTES = 64 << 20;
const WINDOW_CHUNKS = 1 << 16;
/** One read is at most so long, and reads over gaps of this size. */
const RANGE_BYTES_MAX = 4 << 20;
const GAP_BYTES = 128 << 10;

interface Wanted extends IndexedChunk {
  readonly id: ChunkId;
  readonly file: number;
  readonly position: number;
}

/** What to read and write, a window at a time. `missing` is told of files with a chunk that no pack has, or not in that length. */
export function* planRestore(
  files: readonly PlannedFile[],
  locate: Locate,
  missing: (file: number) => void,
): Generator<readonly RestoreGroup[]> {
  let window: Wanted[] = [];
  let bytes = 0;
  for (const [file, { chunks }] of files.entries()) {
    let position = 0;
    for (const { id, length } of chunks) {
      const place = locate(decodeChunkId(id));
      if (place === undefined || place.length !== length) {
        missing(file);
        break;
      }
      window.push({ ...place, id, file, position });
      position += length;
      bytes += length;
      if (bytes < WINDOW_BYTES && window.length < WINDOW_CHUNKS) continue;
      yield groupsOf(window);
      window = [];
      bytes = 0;
    }
  }
  if (window.length > 0) yield groupsOf(window);
}

function groupsOf(wanted: readonly Wanted[]): RestoreGroup[] {
  const inOrder = [...wanted].sort((a, b) => a.pack.number - b.pack.number || a.segment.sealedOffset - b.segment.sealedOffset);
  const runs: Wanted[][] = [];
  for (const one of inOrder) {
    const run = runs.at(-1);
    if (run !== undefined && isNear(run, one)) run.push(one);
    else runs.push([one]);
  }
  return runs.map(groupOf);
}

function isNear(run: readonly Wanted[], next: Wanted): boolean {
  const [first, last] = [run[0] as Wanted, run.at(-1) as Wanted];
  if (first.pack !== next.pack) return false;
  const gap = next.segment.sealedOffset - endOf(last.segment);
  return next.segment === last.segment || (gap <= GAP_BYTES && endOf(next.segment) - first.segment.sealedOffset <= RANGE_BYTES_MAX);
}

function groupOf(run: readonly Wanted[]): RestoreGroup {
  const segments = [...new Set(run.map(({ segment }) => segment))];
  const numbers = new Map(segments.map((segment, number) => [segment, number]));
  const writes = run.map(({ id, segment, offset, length, file, position }): ChunkWrite => {
    return { id, segment: numbers.get(segment) as number, offset, length, target: file, position };
  });
  return { pack: (run[0] as Wanted).pack, segments, writes };
}

export function endOf({ sealedOffset, sealedLength }: IndexedSegment): number {
  return sealedOffset + sealedLength;
}
