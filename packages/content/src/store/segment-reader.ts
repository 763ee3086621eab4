import { setImmediate } from 'node:timers/promises';
import type { SyncError } from '@cloudsync/engine';
import type { BlobStore } from '../blob/blob-store.ts';
import { type ObjectSeal, openPiece, type SealKeys, sealOf } from '../seal/seal.ts';
import { assertGoingOn } from './cancelled.ts';
import type { IndexedPack, IndexedSegment } from './chunk-index.ts';
import { asContentError } from './content-error.ts';
import { packName } from './pack-format.ts';
import { decodeSegment } from './segment.ts';
import { SegmentCache } from './segment-cache.ts';

export interface SegmentReaderOptions {
  readonly blobs: BlobStore;
  readonly keys: SealKeys;
}

export interface SegmentOfPack {
  readonly pack: IndexedPack;
  readonly segment: IndexedSegment;
}

/** Raw bytes of a segment, or why it cannot be read: `content/damaged`, `content/missing`. */
export type SegmentResult = Uint8Array | SyncError;

interface Range {
  readonly pack: IndexedPack;
  readonly segments: IndexedSegment[];
  readonly start: number;
  end: number;
}

const CACHE_BYTES = 32 * 2 ** 20;
/** Ranges of one pack are read as one when no more than this lies between them; one read is at most so long. */
const GAP_BYTES = 128 * 2 ** 10;
const RANGE_BYTES_MAX = 4 * 2 ** 20;
const RANGES_AT_ONCE = 4;

/** Reads segments of packs: neighbours together, each once even when several ask at the same time, the last ones kept. */
export class SegmentReader {
  readonly #options: SegmentReaderOptions;
  readonly #cache = new SegmentCache<IndexedSegment>(CACHE_BYTES);
  readonly #reading = new Map<IndexedSegment, Promise<SegmentResult>>();

  constructor(options: SegmentReaderOptions) {
    this.#options = options;
  }

  /**
   * All of these segments; one that is damaged or gone does not keep the others from being read.
   * @throws SyncError of the blob store when it cannot be reached
   */
  async read(wanted: readonly SegmentOfPack[], signal?: AbortSignal): Promise<Map<IndexedSegment, SegmentResult>> {
    const results = new Map<IndexedSegment, SegmentResult>();
    const underWay: Promise<void>[] = [];
    const missing: SegmentOfPack[] = [];
    for (const { pack, segment } of new Map(wanted.map((each) => [each.segment, each])).values()) {
      const cached = this.#cache.get(segment);
      const reading = this.#reading.get(segment);
      if (cached !== undefined) results.set(segment, cached);
      else if (reading !== undefined) underWay.push(reading.then((result) => void results.set(segment, result)));
      else missing.push({ pack, segment });
    }
    await Promise.all([this.#readRanges(rangesOf(missing), results, signal), ...underWay]);
    return results;
  }

  async #readRanges(ranges: readonly Range[], results: Map<IndexedSegment, SegmentResult>, signal: AbortSignal | undefined): Promise<void> {
    const left = [...ranges];
    const worker = async (): Promise<void> => {
      for (let range = left.shift(); range !== undefined; range = left.shift()) {
        assertGoingOn(signal);
        for (const [segment, result] of await this.#readShared(range)) results.set(segment, result);
      }
    };
    await Promise.all(Array.from({ length: RANGES_AT_ONCE }, worker));
  }

  /** While a range is read, whoever else wants a segment of it waits for this read. */
  async #readShared(range: Range): Promise<Map<IndexedSegment, SegmentResult>> {
    const reading = this.#readRange(range);
    for (const segment of range.segments) {
      const result = reading.then((results) => results.get(segment) as SegmentResult);
      result.catch(() => undefined);
      this.#reading.set(segment, result);
    }
    try {
      return await reading;
    } finally {
      for (const segment of range.segments) this.#reading.delete(segment);
    }
  }

  async #readRange(range: Range): Promise<Map<IndexedSegment, SegmentResult>> {
    const { blobs, keys } = this.#options;
    const name = packName(range.pack.salt);
    const results = new Map<IndexedSegment, SegmentResult>();
    try {
      const seal = packSeal(keys, range.pack);
      const bytes = await blobs.getRange(name, range.start, range.end - range.start);
      for (const segment of range.segments) {
        const sealed = bytes.subarray(segment.sealedOffset - range.start, segment.sealedOffset - range.start + segment.sealedLength);
        results.set(segment, this.#open(seal, segment, sealed, name));
        // A segment takes some milliseconds; whoever else shares this thread gets a turn.
        await setImmediate();
      }
    } catch (error) {
      const reason = asContentError(error, name);
      for (const segment of range.segments) results.set(segment, reason);
    }
    return results;
  }

  #open(seal: ObjectSeal, segment: IndexedSegment, sealed: Uint8Array, name: string): SegmentResult {
    try {
      const raw = decodeSegment(
        { codec: segment.codec, bytes: openPiece(seal, { piece: segment.piece, sealed, object: name }) },
        segment.rawLength,
        name,
      );
      this.#cache.set(segment, raw);
      return raw;
    } catch (error) {
      return asContentError(error, name);
    }
  }
}

/** What opens the segments of a pack. */
export function packSeal(keys: SealKeys, { salt, epoch }: IndexedPack): ObjectSeal {
  return sealOf(keys, { kind: 'pack', epoch, salt: Buffer.from(salt, 'hex') }, packName(salt));
}

function rangesOf(wanted: readonly SegmentOfPack[]): Range[] {
  const inOrder = [...wanted].sort((a, b) => a.pack.number - b.pack.number || a.segment.sealedOffset - b.segment.sealedOffset);
  const ranges: Range[] = [];
  for (const { pack, segment } of inOrder) {
    const end = segment.sealedOffset + segment.sealedLength;
    const last = ranges.at(-1);
    if (last?.pack === pack && segment.sealedOffset - last.end <= GAP_BYTES && end - last.start <= RANGE_BYTES_MAX) {
      last.segments.push(segment);
      last.end = end;
    } else ranges.push({ pack, segments: [segment], start: segment.sealedOffset, end });
  }
  return ranges;
}
