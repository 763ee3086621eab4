import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { damaged } from '../seal/damaged.ts';

/** 0: plain; 1: one zstd frame. */
export type Codec = 0 | 1;

/** Raw bytes of a segment that is written; a single chunk may not be larger. */
export const SEGMENT_BYTES = 2 ** 20;
/** Raw bytes of a segment that is read. */
export const SEGMENT_BYTES_MAX = 2 * 2 ** 20;

/** A segment pays for its decompression only when it shrinks by at least this part. */
const WORTHWHILE = 0.98;
const PROBE_BYTES = 8 * 2 ** 10;
const PROBES = 4;
/** Frames are made of at most 1 MiB; a reader spends no more than this on a frame's window (2^21). */
const WINDOW_LOG_MAX = 21;

export interface EncodedSegment {
  readonly codec: Codec;
  readonly bytes: Uint8Array;
}

/** Compresses the joined chunks of a segment where that is worth it. @param level of zstd */
export function encodeSegment(raw: Uint8Array, level = 1): EncodedSegment {
  if (raw.length > 2 * PROBES * PROBE_BYTES && !mayShrink(raw)) return { codec: 0, bytes: raw };
  const bytes = compress(raw, level);
  return bytes.length <= raw.length * WORTHWHILE ? { codec: 1, bytes } : { codec: 0, bytes: raw };
}

/** A look at a thirtieth of the bytes, from four places: photos, films and archives are recognised without compressing all of them. */
function mayShrink(raw: Uint8Array): boolean {
  const sample = Buffer.allocUnsafe(PROBES * PROBE_BYTES);
  const step = Math.floor((raw.length - PROBE_BYTES) / (PROBES - 1));
  for (let probe = 0; probe < PROBES; probe++) sample.set(raw.subarray(probe * step, probe * step + PROBE_BYTES), probe * PROBE_BYTES);
  return compress(sample, 1).length <= sample.length * WORTHWHILE;
}

function compress(raw: Uint8Array, level: number): Uint8Array {
  return zstdCompressSync(raw, { chunkSize: raw.length + 1024, params: { [constants.ZSTD_c_compressionLevel]: level } });
}

/**
 * Gives the raw bytes back; never more than `rawLength`, whatever the bytes claim.
 * @throws SyncError `content/damaged` when that is not what comes out
 */
export function decodeSegment({ codec, bytes }: EncodedSegment, rawLength: number, object: string): Uint8Array {
  const raw = codec === 0 ? bytes : decompress(bytes, rawLength);
  if (raw?.length !== rawLength) throw damaged(object, 'a segment does not decompress to its length');
  return raw;
}

function decompress(bytes: Uint8Array, rawLength: number): Uint8Array | undefined {
  try {
    const params = { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG_MAX };
    return zstdDecompressSync(bytes, { chunkSize: Math.max(rawLength, 1024), maxOutputLength: rawLength, params });
  } catch {
    return undefined;
  }
}
