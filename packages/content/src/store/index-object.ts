import { damaged } from '../seal/damaged.ts';
import { HEADER_BYTES, SALT_BYTES, type SealKeys } from '../seal/seal.ts';
import { openObject, type SealedObject, sealObject } from '../seal/sealed-object.ts';
import { TAG_BYTES } from '../seal/suites.ts';
import { ByteReader } from './byte-reader.ts';
import { asContentError } from './content-error.ts';
import { decodeDirectory, encodeDirectory, packSizeOf } from './directory.ts';
import type { WrittenPack } from './pack-writer.ts';
import type { SealedBlobs } from './read-pack.ts';

/** Bytes of an index object that is read, sealed. */
const INDEX_BYTES_MAX = 64 * 2 ** 20 + HEADER_BYTES + TAG_BYTES;
export const INDEX_PREFIX = 'index/';

const INDEX_NAME = /^index\/([0-9a-f]{64})$/;

/** `salt` in lower-case hex. */
export function indexName(salt: string): string {
  return `${INDEX_PREFIX}${salt}`;
}

export function sealIndex(keys: SealKeys, packs: readonly WrittenPack[]): SealedObject {
  const count = Buffer.alloc(4);
  count.writeUInt32BE(packs.length);
  return sealObject(keys, 'index', Buffer.concat([count, ...packs.flatMap(encodePack)]));
}

function encodePack({ salt, epoch, size, directory }: WrittenPack): Buffer[] {
  const fields = Buffer.alloc(SALT_BYTES + 2 + 8);
  fields.write(salt, 'hex');
  fields.writeUInt16BE(epoch, SALT_BYTES);
  fields.writeBigUInt64BE(BigInt(size), SALT_BYTES + 2);
  return [fields, encodeDirectory(directory)];
}

/** @param name of the index object in the blob store. @throws SyncError `content/damaged`, `vault/newer-version` */
function openIndex(keys: SealKeys, name: string, bytes: Uint8Array): WrittenPack[] {
  const salt = INDEX_NAME.exec(name)?.[1];
  if (salt === undefined) throw damaged(name, 'this is no name of an index object');
  const reader = new ByteReader(openObject(keys, { kind: 'index', bytes, object: name, salt }), name);
  const packs: WrittenPack[] = [];
  for (let left = reader.u32(); left > 0; left--) packs.push(decodePack(reader, name));
  reader.end();
  return packs;
}

function decodePack(reader: ByteReader, name: string): WrittenPack {
  const salt = reader.bytes(SALT_BYTES).toString('hex');
  const epoch = reader.u16();
  const size = reader.u64();
  const directory = decodeDirectory(reader, name);
  if (packSizeOf(directory) !== size) throw damaged(name, `what it says about pack ${salt} does not add up`);
  return { salt, epoch, size, directory };
}

/** @throws SyncError `content/damaged`, `content/missing`, `vault/newer-version` naming it, and those of the blob store */
export async function readIndexObject({ blobs, keys }: SealedBlobs, name: string): Promise<WrittenPack[]> {
  try {
    return openIndex(keys, name, await blobs.get(name, INDEX_BYTES_MAX));
  } catch (error) {
    throw asContentError(error, name);
  }
}
