import { damaged } from './damaged.ts';
import { beginSeal, encodeHeader, HEADER_BYTES, type ObjectKind, openHeader, openPiece, type SealKeys, sealPiece } from './seal.ts';

/** An object of one piece. */
export interface SealedObject {
  /** Lower-case hex. */
  readonly salt: string;
  readonly bytes: Uint8Array;
}

/** Seals a whole object: header, then the plain bytes as piece 0. */
export function sealObject(keys: SealKeys, kind: ObjectKind, plain: Uint8Array): SealedObject {
  const seal = beginSeal(keys, kind);
  return { salt: Buffer.from(seal.salt).toString('hex'), bytes: Buffer.concat([encodeHeader(seal, kind), sealPiece(seal, 0, plain)]) };
}

export interface ObjectToOpen {
  readonly kind: ObjectKind;
  readonly bytes: Uint8Array;
  /** Its name in the blob store, for errors. */
  readonly object: string;
  /** Where the name is made from the salt: the salt, in hex, that it must have. */
  readonly salt?: string;
}

/** @throws SyncError `content/damaged`, `vault/newer-version` naming the object */
export function openObject(keys: SealKeys, { kind, bytes, object, salt }: ObjectToOpen): Uint8Array {
  const seal = openHeader(keys, kind, bytes, object);
  if (salt !== undefined && Buffer.from(seal.salt).toString('hex') !== salt) throw damaged(object, 'it was written under another name');
  return openPiece(seal, { piece: 0, sealed: bytes.subarray(HEADER_BYTES), object });
}
