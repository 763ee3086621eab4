import { SyncError } from '@cloudsync/engine';
import type { Argon2Cost } from './key-derivation.ts';

/** What somebody has in hand to make or open a key slot. Never logged, never part of a message. */
export type Secret =
  /** A passphrase; when opening, also a recovery key as it was typed from paper. */
  { readonly kind: 'passphrase'; readonly text: string } | { readonly kind: 'key-file'; readonly bytes: Uint8Array };

/** What a new slot is made for. */
export type NewSecret =
  | { readonly kind: 'passphrase'; readonly text: string; readonly cost?: Argon2Cost | undefined }
  | { readonly kind: 'key-file'; readonly bytes: Uint8Array }
  | { readonly kind: 'recovery'; readonly bytes: Uint8Array };

export const SLOT_KINDS = ['passphrase', 'key-file', 'recovery'] as const;
export type SlotKind = (typeof SLOT_KINDS)[number];

const KEY_FILE_BYTES_MIN = 16;
const KEY_FILE_BYTES_MAX = 1024 * 1024;

/**
 * The bytes that a slot's key is derived from. A passphrase is normalised (NFC), so that it is the same from every keyboard.
 * @throws SyncError `config/invalid`
 */
export function bytesOfSecret(secret: Secret | NewSecret): Uint8Array {
  if (secret.kind === 'passphrase') {
    if (secret.text === '') throw new SyncError('config/invalid', 'the passphrase is empty; choose one');
    return Buffer.from(secret.text.normalize('NFC'), 'utf8');
  }
  const { length } = secret.bytes;
  if (secret.kind === 'key-file' && (length < KEY_FILE_BYTES_MIN || length > KEY_FILE_BYTES_MAX)) {
    throw new SyncError(
      'config/invalid',
      `the key file has ${length} bytes; a key file has ${KEY_FILE_BYTES_MIN} bytes to 1 MiB, better random ones`,
    );
  }
  return secret.bytes;
}
