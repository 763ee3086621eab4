import type { SyncError } from '@cloudsync/engine';
import { damaged } from '../seal/damaged.ts';
import { HEADER_BYTES, type ObjectSeal, openHeader, openPiece, sealOf } from '../seal/seal.ts';
import { type ChunkId, chunkId, encodeChunkId, encodeChunkIds } from './chunk-id.ts';
import { asContentError } from './content-error.ts';
import { type DirectorySegment, encodeDirectory, TRAILER_BYTES } from './directory.ts';
import { openDirectory, packName, sealedDirectoryLength } from './pack-format.ts';
import type { WrittenPack } from './pack-writer.ts';
import type { SealedBlobs } from './read-pack.ts';
import { decodeSegment } from './segment.ts';

/** What is wrong with one pack. */
export interface PackDamage {
  /** Each names the pack. */
  readonly problems: readonly SyncError[];
  /** Chunks that cannot be had from this pack. */
  readonly chunks: readonly ChunkId[];
}

/** A pack is about 16 MiB; one that claims to be larger than this is not read. */
const PACK_BYTES_MAX = 160 * 2 ** 20;

/**
 * Reads a pack wholly and looks at every byte: header, each segment, each chunk against its id, directory, trailer.
 * @param pack what the index says about it, or it itself (`readPackDirectory`)
 * @throws SyncError of the blob store when it cannot be reached
 */
export async function verifyPack(store: SealedBlobs & { readonly idKey: Uint8Array }, pack: WrittenPack): Promise<PackDamage> {
  const name = packName(pack.salt);
  const problems: SyncError[] = [];
  let bytes: Uint8Array;
  try {
    bytes = await store.blobs.get(name, PACK_BYTES_MAX);
  } catch (error) {
    return { problems: [asContentError(error, name)], chunks: encodeChunkIds(pack.directory.ids) };
  }
  const noting = (work: () => void): boolean => {
    try {
      work();
      return true;
    } catch (error) {
      problems.push(asContentError(error, name));
      return false;
    }
  };
  noting(() => verifyFrame(store, pack, bytes, name));
  const chunks = verifySegments(store, pack, bytes, { name, noting });
  return { problems, chunks };
}

/** Header, directory and trailer say what the index says. */
function verifyFrame({ keys }: SealedBlobs, { salt, epoch, size, directory }: WrittenPack, bytes: Uint8Array, name: string): void {
  if (bytes.length !== size) throw damaged(name, `it has ${bytes.length} bytes, not ${size}`);
  const seal = openHeader(keys, 'pack', bytes, name);
  if (Buffer.from(seal.salt).toString('hex') !== salt || seal.epoch !== epoch) throw damaged(name, 'it was written under another name');
  const end = size - TRAILER_BYTES;
  const start = end - sealedDirectoryLength(bytes, name);
  if (start < HEADER_BYTES) throw damaged(name, 'its directory does not fit into it');
  const own = openDirectory(seal, bytes.subarray(start, end), size, name);
  if (!encodeDirectory(own).equals(encodeDirectory(directory))) throw damaged(name, 'its directory is not what the index says');
}

interface Verifying {
  readonly name: string;
  readonly noting: (work: () => void) => boolean;
}

/** @returns chunks of segments that do not open, and those that are not what their ids say */
function verifySegments(
  { keys, idKey }: SealedBlobs & { readonly idKey: Uint8Array },
  { salt, epoch, directory }: WrittenPack,
  bytes: Uint8Array,
  { name, noting }: Verifying,
): ChunkId[] {
  const seal = sealOf(keys, { kind: 'pack', epoch, salt: Buffer.from(salt, 'hex') }, name);
  const lost: ChunkId[] = [];
  let [offset, chunk] = [HEADER_BYTES, 0];
  for (const segment of directory.segments) {
    const [at, first] = [offset, chunk];
    offset += segment.sealedLength;
    chunk += segment.chunks;
    const isSound = noting(() => {
      const raw = openSegment(seal, segment, bytes.subarray(at, offset), name);
      let begin = 0;
      for (let each = first; each < chunk; each++) {
        const end = begin + (directory.lengths[each] as number);
        if (chunkId(idKey, raw.subarray(begin, end)) !== encodeChunkId(directory.ids, each))
          throw damaged(name, `chunk ${encodeChunkId(directory.ids, each)} is not what its id says`);
        begin = end;
      }
    });
    if (!isSound) for (let each = first; each < chunk; each++) lost.push(encodeChunkId(directory.ids, each));
  }
  return lost;
}

function openSegment(
  seal: ObjectSeal,
  { piece, codec, sealedLength, rawLength }: DirectorySegment,
  sealed: Uint8Array,
  name: string,
): Uint8Array {
  if (sealed.length !== sealedLength) throw damaged(name, 'it was cut off');
  return decodeSegment({ codec, bytes: openPiece(seal, { piece, sealed, object: name }) }, rawLength, name);
}
