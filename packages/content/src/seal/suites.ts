import { createCipheriv, createDecipheriv, createHash, timingSafeEqual } from 'node:crypto';
import { createRequire } from 'node:module';

export type SealSuite = 'none' | 'aes-256-gcm' | 'xchacha20-poly1305';

/** Bytes that every sealed piece is longer than its plain text. */
export const TAG_BYTES = 16;

/** So much goes through a cipher at once: its output, which is new memory each time, stays in the processor's cache. */
const SLICE_BYTES = 128 * 2 ** 10;

export interface PieceToSeal {
  readonly piece: number;
  readonly plain: Uint8Array;
  /** Memory to use, {@link TAG_BYTES} longer than `plain` at least; else new memory. */
  readonly into?: Uint8Array | undefined;
}

/** Seals one piece under an object's key: what comes out of the cipher, then its tag. */
export function sealWith(suite: SealSuite, key: Uint8Array, { piece, plain, into }: PieceToSeal): Uint8Array {
  const sealed = into?.subarray(0, plain.length + TAG_BYTES) ?? Buffer.allocUnsafeSlow(plain.length + TAG_BYTES);
  if (suite === 'xchacha20-poly1305') {
    const { crypto_aead_xchacha20poly1305_ietf_encrypt: encrypt } = sodium();
    encrypt(bufferOf(sealed), bufferOf(plain), null, null, nonceOf(24, piece), bufferOf(key));
  } else if (suite === 'aes-256-gcm') {
    const cipher = createCipheriv('aes-256-gcm', key, nonceOf(12, piece), { authTagLength: TAG_BYTES });
    for (let at = 0; at < plain.length; at += SLICE_BYTES) moveTo(sealed, at, cipher.update(plain.subarray(at, at + SLICE_BYTES)));
    cipher.final();
    sealed.set(cipher.getAuthTag(), plain.length);
  } else {
    sealed.set(plain);
    sealed.set(checksum(key, piece, plain), plain.length);
  }
  return sealed;
}

export interface PieceToOpen {
  readonly piece: number;
  readonly sealed: Uint8Array;
  /** Memory that may be used, as long as `sealed` at least; else new memory. */
  readonly into?: Uint8Array | undefined;
}

/** @returns the plain text, or undefined when the tag is not that of these bytes, of which there are {@link TAG_BYTES} at least */
export function openWith(suite: SealSuite, key: Uint8Array, { piece, sealed, into }: PieceToOpen): Uint8Array | undefined {
  if (suite === 'xchacha20-poly1305') return openXChaCha(key, piece, sealed);
  const text = sealed.subarray(0, sealed.length - TAG_BYTES);
  const tag = sealed.subarray(text.length);
  if (suite === 'none') return timingSafeEqual(checksum(key, piece, text), tag) ? text : undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(12, piece), { authTagLength: TAG_BYTES });
  decipher.setAuthTag(tag);
  const plain = into?.subarray(0, text.length) ?? Buffer.allocUnsafeSlow(text.length);
  for (let at = 0; at < text.length; at += SLICE_BYTES) moveTo(plain, at, decipher.update(text.subarray(at, at + SLICE_BYTES)));
  return passes(() => decipher.final()) ? plain : undefined;
}

/**
 * Copies a cipher's output and gives its memory back at once, for the next slice. Left to the garbage collection it would
 * come to many megabytes before that begins; this way ciphers run at more than twice the speed.
 */
function moveTo(target: Uint8Array, at: number, output: Buffer): void {
  target.set(output, at);
  const { buffer } = output;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === output.byteLength) buffer.transfer(0);
}

function openXChaCha(key: Uint8Array, piece: number, sealed: Uint8Array): Uint8Array | undefined {
  const { crypto_aead_xchacha20poly1305_ietf_decrypt: decrypt } = sodium();
  const plain = Buffer.allocUnsafeSlow(sealed.length - TAG_BYTES);
  return passes(() => decrypt(plain, null, bufferOf(sealed), null, nonceOf(24, piece), bufferOf(key))) ? plain : undefined;
}

/** Both libraries throw when a tag does not match. */
function passes(verify: () => void): boolean {
  try {
    verify();
    return true;
  } catch {
    return false;
  }
}

/** The piece number as a big-endian integer. Unique within an object, and an object's key is used for no other. */
function nonceOf(bytes: number, piece: number): Buffer {
  const nonce = Buffer.alloc(bytes);
  nonce.writeUInt32BE(piece, bytes - 4);
  return nonce;
}

/** Suite `none`: finds damage; forgery only as far as the key is secret. */
function checksum(key: Uint8Array, piece: number, plain: Uint8Array): Uint8Array {
  return createHash('sha256').update(key).update(nonceOf(12, piece)).update(plain).digest().subarray(0, TAG_BYTES);
}

type Sodium = typeof import('sodium-native');
let loaded: Sodium | undefined;

/** Loaded when the first object of its suite is met: most stores never need the native library. */
function sodium(): Sodium {
  loaded ??= createRequire(import.meta.url)('sodium-native') as Sodium;
  return loaded;
}

/** sodium-native takes only Buffers. */
function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
