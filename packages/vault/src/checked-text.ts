import { hash } from 'node:crypto';
import { SyncError } from '@cloudsync/engine';
import * as z from 'zod/mini';

/** Of config, key slots and everything below them. */
export const FORMAT_VERSION = 1;

const BYTES_MAX = 64 * 1024;
const CHECKSUM_LINE = /^[0-9a-f]{64}$/;

/**
 * The form of the few blobs that are read before a key is known (docs/formats/vault.md, "Plain blobs"): lines that end with `\n`,
 * and a last line with the SHA-256 of all bytes before it. The checksum finds damage; forgery is found when a slot opens.
 */
export function encodeCheckedText(lines: readonly string[]): Uint8Array {
  const text = lines.map((line) => `${line}\n`).join('');
  return Buffer.from(`${text}${hash('sha256', text, 'hex')}\n`, 'utf8');
}

/**
 * The lines before the checksum.
 * @param name of the blob, for messages
 * @throws SyncError `vault/damaged`
 */
export function decodeCheckedText(name: string, bytes: Uint8Array, lineCount: number): string[] {
  if (bytes.length > BYTES_MAX) throw damagedBlob(name, 'it is longer than any such blob');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw damagedBlob(name, 'it is not text', cause);
  }
  const lines = text.split('\n');
  if (lines.pop() !== '') throw damagedBlob(name, 'its end is missing');
  const checksum = lines.pop() ?? '';
  const body = lines.map((line) => `${line}\n`).join('');
  if (!CHECKSUM_LINE.test(checksum) || checksum !== hash('sha256', body, 'hex')) throw damagedBlob(name, 'its checksum does not fit');
  if (lines.length !== lineCount) throw damagedBlob(name, `it has ${lines.length} lines, not ${lineCount}`);
  return lines;
}

/** JSON of a plain blob; the caller checks its shape. @throws SyncError `vault/damaged` */
export function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw damagedBlob(name, 'it is not JSON', cause);
  }
}

const versioned = z.object({ version: z.int().check(z.minimum(1)) });

/** @throws SyncError `vault/newer-version`, `vault/damaged` */
export function assertKnownVersion(name: string, json: unknown): void {
  const { data } = versioned.safeParse(json);
  if (data === undefined) throw damagedBlob(name, 'it does not say its version');
  if (data.version <= FORMAT_VERSION) return;
  const message = `${name} of the vault has format ${data.version}, and this cloudsync knows ${FORMAT_VERSION}; install a newer cloudsync`;
  throw new SyncError('vault/newer-version', message, { path: name });
}

export function damagedBlob(name: string, why: string, cause?: unknown): SyncError {
  return new SyncError('vault/damaged', `${name} of the vault is damaged: ${why}; restore it from a copy of the vault`, {
    path: name,
    cause,
  });
}
