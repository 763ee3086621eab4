import { createHash, timingSafeEqual } from 'node:crypto';

/** Bytes of chance in a key: no list of guesses reaches it, so a fast hash is enough to store it by. */
const KEY_BYTES = 32;
const KEY_PATTERN = /^cs_[A-Za-z0-9_-]{43}$/;
/** `cs_` and the first eight characters: enough to tell one's keys apart, far too little to guess the rest. */
const PREFIX_CHARACTERS = 11;

/** A new key: `cs_` and 43 characters of base64url. It is shown once; `hash` and `prefix` are kept. */
export function newApiKey(randomBytes: (count: number) => Uint8Array): { key: string; prefix: string; hash: Uint8Array } {
  const key = `cs_${Buffer.from(randomBytes(KEY_BYTES)).toString('base64url')}`;
  return { key, prefix: prefixOf(key), hash: hashOf(key) };
}

export function isApiKey(text: string): boolean {
  return KEY_PATTERN.test(text);
}

/** By which its candidates are found; what follows it is compared in constant time. */
export function prefixOf(key: string): string {
  return key.slice(0, PREFIX_CHARACTERS);
}

/** SHA-256. */
export function hashOf(key: string): Uint8Array {
  return createHash('sha256').update(key).digest();
}

/** In a time that does not depend on where they differ. */
export function isSameHash(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
