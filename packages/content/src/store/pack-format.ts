import { damaged } from '../seal/damaged.ts';
import { DIRECTORY_PIECE, encodeHeader, type ObjectSeal, openPiece, sealPiece } from '../seal/seal.ts';
import { TAG_BYTES } from '../seal/suites.ts';
import { ByteReader } from './byte-reader.ts';
import { DIRECTORY_BYTES_MAX, decodeDirectory, encodeDirectory, type PackDirectory, packSizeOf, TRAILER_BYTES } from './directory.ts';

/** A pack is closed when it has reached this size. */
export const PACK_BYTES = 16 * 2 ** 20;
export const PACK_PREFIX = 'packs/';

const TRAILER_MAGIC = 'CSP.';
const PACK_NAME = /^packs\/([0-9a-f]{2})\/(\1[0-9a-f]{62})$/;

/** `salt` in lower-case hex. */
export function packName(salt: string): string {
  return `${PACK_PREFIX}${salt.slice(0, 2)}/${salt}`;
}

/** The salt, in hex, of the pack that has this name; undefined when it is no pack's. */
export function saltOfPackName(name: string): string | undefined {
  return PACK_NAME.exec(name)?.[2];
}

/** The parts of a whole pack in the order in which they are written. `sealed`: the segments, as the directory lists them. */
export function packParts(seal: ObjectSeal, directory: PackDirectory, sealed: readonly Uint8Array[]): Uint8Array[] {
  const sealedDirectory = sealPiece(seal, DIRECTORY_PIECE, encodeDirectory(directory));
  const trailer = Buffer.alloc(TRAILER_BYTES);
  trailer.writeUInt32BE(sealedDirectory.length, 0);
  trailer.write(TRAILER_MAGIC, 4, 'latin1');
  return [encodeHeader(seal, 'pack'), ...sealed, sealedDirectory, trailer];
}

/**
 * How many bytes the sealed directory has that stands before the trailer, which are the last bytes of the pack.
 * @throws SyncError `content/damaged`
 */
export function sealedDirectoryLength(lastBytes: Uint8Array, object: string): number {
  const reader = new ByteReader(lastBytes.subarray(-TRAILER_BYTES), object);
  const length = reader.u32();
  if (reader.bytes(4).toString('latin1') !== TRAILER_MAGIC) throw damaged(object, 'its end is not that of a pack');
  if (length > DIRECTORY_BYTES_MAX + TAG_BYTES) throw damaged(object, 'its directory is too large');
  return length;
}

/** @param packBytes the size of the whole pack, which the directory must add up to. @throws SyncError `content/damaged` */
export function openDirectory(seal: ObjectSeal, sealed: Uint8Array, packBytes: number, object: string): PackDirectory {
  const reader = new ByteReader(openPiece(seal, { piece: DIRECTORY_PIECE, sealed, object }), object);
  const directory = decodeDirectory(reader, object);
  reader.end();
  if (packSizeOf(directory) !== packBytes) throw damaged(object, 'its directory does not add up to its size');
  return directory;
}
