import type { BlobStore } from '../blob/blob-store.ts';
import { damaged } from '../seal/damaged.ts';
import { HEADER_BYTES, openHeader, type SealKeys } from '../seal/seal.ts';
import { TRAILER_BYTES } from './directory.ts';
import { openDirectory, saltOfPackName, sealedDirectoryLength } from './pack-format.ts';
import type { WrittenPack } from './pack-writer.ts';

export interface SealedBlobs {
  readonly blobs: BlobStore;
  readonly keys: SealKeys;
}

/** The directory of most packs fits into this. */
const TAIL_BYTES = 64 * 2 ** 10;

/**
 * What a pack says about itself: two small reads, a third for a large directory.
 * @param size of the pack, as the blob store lists it
 * @throws SyncError `content/damaged`, `vault/newer-version`, and those of the blob store
 */
export async function readPackDirectory({ blobs, keys }: SealedBlobs, name: string, size: number): Promise<WrittenPack> {
  const salt = saltOfPackName(name);
  if (salt === undefined) throw damaged(name, 'this is no name of a pack');
  if (size < HEADER_BYTES + TRAILER_BYTES) throw damaged(name, 'it is too short for a pack');
  const tailStart = Math.max(0, size - TAIL_BYTES);
  const tail = await blobs.getRange(name, tailStart, size - tailStart);
  const directoryEnd = size - TRAILER_BYTES;
  const directoryStart = directoryEnd - sealedDirectoryLength(tail, name);
  if (directoryStart < HEADER_BYTES) throw damaged(name, 'its directory does not fit into it');
  const header = tailStart === 0 ? tail.subarray(0, HEADER_BYTES) : await blobs.getRange(name, 0, HEADER_BYTES);
  const seal = openHeader(keys, 'pack', header, name);
  if (Buffer.from(seal.salt).toString('hex') !== salt) throw damaged(name, 'it was written under another name');
  const sealed =
    directoryStart >= tailStart
      ? tail.subarray(directoryStart - tailStart, directoryEnd - tailStart)
      : await blobs.getRange(name, directoryStart, directoryEnd - directoryStart);
  return { salt, epoch: seal.epoch, size, directory: openDirectory(seal, sealed, size, name) };
}
