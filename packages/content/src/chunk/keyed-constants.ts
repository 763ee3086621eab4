import { hkdfSync } from 'node:crypto';
import { type ChunkerConstants, CONSTANTS_BYTES, constantsFromBytes, PUBLIC_CONSTANTS } from './chunker-constants.ts';

const KEY_BYTES = 32;

/** The constants of a store: from its chunker key (32 bytes, HKDF-SHA256, RFC 5869), or the public ones of a store without. */
export function chunkerConstants(key: Uint8Array | undefined): ChunkerConstants {
  if (key === undefined) return PUBLIC_CONSTANTS;
  if (key.length !== KEY_BYTES) throw new RangeError(`a chunker key has ${KEY_BYTES} bytes, not ${key.length}`);
  return constantsFromBytes(new Uint8Array(hkdfSync('sha256', key, '', 'cloudsync 1 chunker constants', CONSTANTS_BYTES)));
}
