import { hash } from 'node:crypto';
import { REF_BYTES } from '@cloudsync/protocol';

const ID_BYTES = 32;

/** One chunk of a content. */
export interface Ref {
  /** 32 bytes. */
  readonly id: Uint8Array;
  /** Bytes. */
  readonly length: number;
}

export function refCount(refs: Uint8Array): number {
  return refs.length / REF_BYTES;
}

/** The references of a part of a recipe, in order; ids are views. */
export function* eachRef(refs: Uint8Array): Generator<Ref> {
  const view = new DataView(refs.buffer, refs.byteOffset, refs.length);
  for (let at = 0; at < refs.length; at += REF_BYTES) yield { id: refs.subarray(at, at + ID_BYTES), length: view.getUint32(at + ID_BYTES) };
}

export function encodeRefs(refs: readonly Ref[]): Uint8Array {
  const bytes = Buffer.allocUnsafe(refs.length * REF_BYTES);
  refs.forEach(({ id, length }, index) => {
    bytes.set(id, index * REF_BYTES);
    bytes.writeUInt32BE(length, index * REF_BYTES + ID_BYTES);
  });
  return bytes;
}

/** The id of a content of several chunks: SHA-256 of all its references, 36 bytes each. */
export function recipeId(refs: Uint8Array): Buffer {
  return hash('sha256', refs, 'buffer');
}
