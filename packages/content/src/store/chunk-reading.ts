import { SyncError } from '@cloudsync/engine/model/error';
import { damaged } from '../seal/damaged.ts';
import { openPiece } from '../seal/seal.ts';
import { assertGoingOn } from './cancelled.ts';
import { type ChunkId, chunkId, decodeChunkId } from './chunk-id.ts';
import type { ChunkIndex, IndexedChunk, IndexedSegment } from './chunk-index.ts';
import { packName } from './pack-format.ts';
import type { SealedSegment } from './pack-writer.ts';
import { decodeSegment } from './segment.ts';
import type { SegmentCache } from './segment-cache.ts';
import type { SegmentReader, SegmentResult } from './segment-reader.ts';
import type { HeldChunk, UnderWay } from './under-way.ts';

export interface ChunkSources {
  /** Raw bytes of segments that are not written yet. */
  readonly opened: SegmentCache<SealedSegment>;
  readonly index: ChunkIndex;
  readonly underWay: UnderWay;
  readonly reader: SegmentReader;
  readonly idKey: Uint8Array;
}

interface Window {
  readonly wanted: readonly WantedChunk[];
  readonly segments: Promise<Map<IndexedSegment, SegmentResult>>;
}

interface WantedChunk {
  readonly id: ChunkId;
  /** Where it is, or its bytes; undefined when there is no such chunk. */
  readonly from: IndexedChunk | Uint8Array | undefined;
}

/** Raw bytes of the segments that are read at once; the next so many are read meanwhile. */
const WINDOW_BYTES = 4 * 2 ** 20;
const WINDOW_CHUNKS = 4096;

/** The content of chunks, in the order of `ids`, each checked against its id. @throws SyncError `content/missing`, `content/damaged` */
export async function* readChunks(sources: ChunkSources, ids: readonly ChunkId[], signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const windows = windowsOf(sources, ids, signal);
  let ahead = windows.next();
  while (!ahead.done) {
    const window = ahead.value;
    const segments = await window.segments;
    ahead = windows.next();
    for (const { id, from } of window.wanted) {
      assertGoingOn(signal);
      if (from === undefined) throw missing(id);
      yield from instanceof Uint8Array ? from : await readChunk(sources, id, segments.get(from.segment), from);
    }
  }
}

function* windowsOf(sources: ChunkSources, ids: readonly ChunkId[], signal: AbortSignal | undefined): Generator<Window, undefined> {
  let wanted: WantedChunk[] = [];
  let places = new Map<IndexedSegment, IndexedChunk>();
  let bytes = 0;
  const read = (): Window => {
    const segments = sources.reader.read([...places.values()], signal);
    // It is awaited later, or never when the caller has enough.
    segments.catch(() => undefined);
    const window = { wanted, segments };
    wanted = [];
    places = new Map();
    bytes = 0;
    return window;
  };
  for (const id of ids) {
    const from = find(sources, id);
    wanted.push({ id, from });
    if (from instanceof Uint8Array) bytes += from.length;
    else if (from !== undefined && !places.has(from.segment)) {
      places.set(from.segment, from);
      bytes += from.segment.rawLength;
    }
    if (bytes >= WINDOW_BYTES || wanted.length >= WINDOW_CHUNKS) yield read();
  }
  if (wanted.length > 0) yield read();
}

function find({ index, underWay, opened }: ChunkSources, id: ChunkId): IndexedChunk | Uint8Array | undefined {
  const held = underWay.held(id);
  if (held !== undefined) return bytesOf(held, opened);
  const entry = index.find(decodeChunkId(id));
  return entry < 0 ? undefined : index.place(entry);
}

function bytesOf(held: HeldChunk, opened: SegmentCache<SealedSegment>): Uint8Array {
  const raw = 'raw' in held ? held.raw : (opened.get(held.segment) ?? openHeld(held, opened));
  return raw.subarray(held.offset, held.offset + held.length);
}

function openHeld({ slot, segment }: Extract<HeldChunk, { slot: unknown }>, opened: SegmentCache<SealedSegment>): Uint8Array {
  const name = packName(Buffer.from(slot.seal.salt).toString('hex'));
  const { codec, rawLength, sealed } = segment;
  const raw = decodeSegment({ codec, bytes: openPiece(slot.seal, { piece: slot.piece, sealed, object: name }) }, rawLength, name);
  // The memory of a sealed segment is used for others once its pack is written.
  const own = raw.buffer === sealed.buffer ? raw.slice() : raw;
  opened.set(segment, own);
  return own;
}

/** The chunk where the index says; when that is damaged, anywhere else where it lies too. */
async function readChunk(sources: ChunkSources, id: ChunkId, result: SegmentResult | undefined, place: IndexedChunk): Promise<Uint8Array> {
  const first = takeChunk(sources.idKey, id, result, place);
  if (first instanceof Uint8Array) return first;
  for (const other of sources.index.places(decodeChunkId(id))) {
    if (other.segment === place.segment) continue;
    const segments = await sources.reader.read([other]);
    const second = takeChunk(sources.idKey, id, segments.get(other.segment), other);
    if (second instanceof Uint8Array) return second;
  }
  throw first;
}

function takeChunk(idKey: Uint8Array, id: ChunkId, result: SegmentResult | undefined, place: IndexedChunk): Uint8Array | SyncError {
  if (!(result instanceof Uint8Array)) return result ?? missing(id);
  const bytes = result.subarray(place.offset, place.offset + place.length);
  return chunkId(idKey, bytes) === id ? bytes : damaged(packName(place.pack.salt), `chunk ${id} is not what its id says`);
}

function missing(id: ChunkId): SyncError {
  return new SyncError('content/missing', `chunk ${id} is not in the store; a check of the vault says what is affected`);
}
