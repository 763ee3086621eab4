import { createHash, randomBytes } from 'node:crypto';
import { KEY_BYTES } from './key-derivation.ts';

/** Crockford's base32: no I, L, O or U, so that nobody confuses what is written on paper. https://www.crockford.com/base32.html */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const CHECK_BYTES = 3;
const GROUP = 4;
/** 32 bytes of key and 3 of checksum are 280 bits, exactly 56 digits. */
const DIGITS = ((KEY_BYTES + CHECK_BYTES) * 8) / 5;

export function newRecoveryKey(): Uint8Array {
  return randomBytes(KEY_BYTES);
}

/** For paper: fourteen groups of four, `7Q2M-0XKD-…`. */
export function formatRecoveryKey(key: Uint8Array): string {
  let bits = 0n;
  for (const byte of Buffer.concat([key, checksum(key)])) bits = (bits << 8n) | BigInt(byte);
  const digits = Array.from({ length: DIGITS }, (_, i) => ALPHABET[Number((bits >> BigInt((DIGITS - 1 - i) * 5)) & 31n)]).join('');
  return (digits.match(new RegExp(`.{${GROUP}}`, 'g')) as string[]).join('-');
}

/**
 * What a person typed from paper: any case, with or without hyphens and spaces, O for 0 and I or L for 1.
 * @returns undefined when it is no recovery key; `mistyped` when it has the length and the letters of one, but the checksum does not fit
 */
export function parseRecoveryKey(text: string): Uint8Array | 'mistyped' | undefined {
  const digits = text.replace(/[\s-]/g, '').toUpperCase().replaceAll('O', '0').replace(/[IL]/g, '1');
  if (digits.length !== DIGITS || [...digits].some((digit) => !ALPHABET.includes(digit))) return undefined;
  let bits = 0n;
  for (const digit of digits) bits = (bits << 5n) | BigInt(ALPHABET.indexOf(digit));
  const bytes = Buffer.from(bits.toString(16).padStart((KEY_BYTES + CHECK_BYTES) * 2, '0'), 'hex');
  const key = bytes.subarray(0, KEY_BYTES);
  return checksum(key).equals(bytes.subarray(KEY_BYTES)) ? new Uint8Array(key) : 'mistyped';
}

function checksum(key: Uint8Array): Buffer {
  return createHash('sha256').update('cloudsync 1 recovery').update(key).digest().subarray(0, CHECK_BYTES);
}
