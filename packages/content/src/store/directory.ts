import { damaged } from '../seal/damaged.ts';
import { DIRECTORY_PIECE, HEADER_BYTES } from '../seal/seal.ts';
import { TAG_BYTES } from '../seal/suites.ts';
import type { ByteReader } from './byte-reader.ts';
import { ID_BYTES } from './chunk-id.ts';
import { type Codec, SEGMENT_BYTES_MAX } from './segment.ts';

/** Data: content of files. Tree: nodes of trees and of content lists. */
export type PackKind = 'data' | 'tree';

/** What a pack holds; chunks of all segments in their order, side by side in two arrays. */
export interface PackDirectory {
  readonly kind: PackKind;
  readonly segments: readonly DirectorySegment[];
  /** {@link ID_BYTES} each. */
  readonly ids: Uint8Array;
  /** Bytes of each chunk. */
  readonly lengths: Uint32Array;
}

export interface DirectorySegment {
  /** The piece as which it was sealed. */
  readonly piece: number;
  readonly codec: Codec;
  readonly sealedLength: number;
  readonly rawLength: number;
  /** How many chunks. */
  readonly chunks: number;
}

/** Bytes of a directory before it is sealed. */
export const DIRECTORY_BYTES_MAX = 64 * 2 ** 20;
/** Length of the sealed directory, then `CSP.`. */
export const TRAILER_BYTES = 8;

const FIXED_BYTES = 5;
const SEGMENT_FIELDS_BYTES = 17;
const CHUNK_FIELDS_BYTES = ID_BYTES + 4;
const KINDS: readonly PackKind[] = ['data', 'tree'];

export function encodeDirectory({ kind, segments, ids, lengths }: PackDirectory): Buffer {
  const bytes = Buffer.allocUnsafe(encodedDirectoryBytes(segments.length, lengths.length));
  let at = bytes.writeUInt8(KINDS.indexOf(kind), 0);
  at = bytes.writeUInt32BE(segments.length, at);
  for (const { piece, codec, sealedLength, rawLength, chunks } of segments) {
    at = bytes.writeUInt32BE(piece, at);
    at = bytes.writeUInt8(codec, at);
    at = bytes.writeUInt32BE(sealedLength, at);
    at = bytes.writeUInt32BE(rawLength, at);
    at = bytes.writeUInt32BE(chunks, at);
  }
  lengths.forEach((length, chunk) => {
    bytes.set(ids.subarray(chunk * ID_BYTES, (chunk + 1) * ID_BYTES), at);
    at = bytes.writeUInt32BE(length, at + ID_BYTES);
  });
  return bytes;
}

/**
 * Reads one directory and checks everything that can be checked without the pack. Nothing is allocated for a count before the
 * bytes for it are there.
 * @throws SyncError `content/damaged`
 */
export function decodeDirectory(reader: ByteReader, object: string): PackDirectory {
  const kind = KINDS[reader.u8()];
  if (kind === undefined) throw damaged(object, 'its directory is of no known kind');
  const count = reader.u32();
  if (count === 0 || count * SEGMENT_FIELDS_BYTES > reader.left) throw damaged(object, 'its directory counts wrong');
  const segments = Array.from({ length: count }, () => decodeSegmentFields(reader, object));
  const chunks = segments.reduce((sum, segment) => sum + segment.chunks, 0);
  const fields = reader.bytes(chunks * CHUNK_FIELDS_BYTES);
  const ids = new Uint8Array(chunks * ID_BYTES);
  const lengths = new Uint32Array(chunks);
  for (let chunk = 0, at = 0; chunk < chunks; chunk++, at += CHUNK_FIELDS_BYTES) {
    fields.copy(ids, chunk * ID_BYTES, at, at + ID_BYTES);
    lengths[chunk] = fields.readUInt32BE(at + ID_BYTES);
  }
  assertLengths(segments, lengths, object);
  return { kind, segments, ids, lengths };
}

function decodeSegmentFields(reader: ByteReader, object: string): DirectorySegment {
  const [piece, codec, sealedLength, rawLength, chunks] = [reader.u32(), reader.u8(), reader.u32(), reader.u32(), reader.u32()];
  const plainLength = sealedLength - TAG_BYTES;
  const fits = codec === 0 ? plainLength === rawLength : plainLength > 0 && plainLength < rawLength;
  if (codec > 1 || piece === DIRECTORY_PIECE || rawLength > SEGMENT_BYTES_MAX || !fits || chunks === 0) {
    throw damaged(object, 'its directory describes an impossible segment');
  }
  return { piece, codec: codec as Codec, sealedLength, rawLength, chunks };
}

function assertLengths(segments: readonly DirectorySegment[], lengths: Uint32Array, object: string): void {
  let at = 0;
  for (const { chunks, rawLength } of segments) {
    let sum = 0;
    for (const length of lengths.subarray(at, at + chunks)) {
      if (length === 0) throw damaged(object, 'its directory describes an empty chunk');
      sum += length;
    }
    if (sum !== rawLength) throw damaged(object, 'its directory does not add up');
    at += chunks;
  }
}

/** How many bytes a pack with this directory has. */
export function packSizeOf({ segments, lengths }: PackDirectory): number {
  const sealed = segments.reduce((sum, { sealedLength }) => sum + sealedLength, 0);
  return HEADER_BYTES + sealed + encodedDirectoryBytes(segments.length, lengths.length) + TAG_BYTES + TRAILER_BYTES;
}

/** How many bytes {@link encodeDirectory} makes. */
export function encodedDirectoryBytes(segments: number, chunks: number): number {
  return FIXED_BYTES + segments * SEGMENT_FIELDS_BYTES + chunks * CHUNK_FIELDS_BYTES;
}
