import { randomBytes } from 'node:crypto';
import type { BlobStore, SealSuite } from '@cloudsync/content';
import { SyncError } from '@cloudsync/engine';
import * as z from 'zod/mini';
import { assertKnownVersion, damagedBlob, decodeCheckedText, encodeCheckedText, FORMAT_VERSION, parseJson } from './checked-text.ts';

export const CONFIG_BLOB = 'config';
const VAULT_FORMAT = 'cloudsync-vault';

/** Sizes of chunks in bytes. */
export interface ChunkerSizes {
  readonly minimum: number;
  readonly average: number;
  readonly maximum: number;
}

/** What must be known of a vault before a key is (docs/formats/vault.md, "config"). Written once. */
export interface VaultConfig {
  /** 32 hex digits. */
  readonly id: string;
  readonly suite: SealSuite;
  readonly chunker: ChunkerSizes;
  /** ISO 8601. */
  readonly created: string;
  /** Stands in for the master key of a vault without encryption: 32 bytes that everybody may read. */
  readonly publicKey: Uint8Array | undefined;
  /** The line of JSON that it was read from, a part of what every key slot authenticates. */
  readonly line: string;
}

export const DEFAULT_CHUNKER: ChunkerSizes = { minimum: 16 * 1024, average: 64 * 1024, maximum: 256 * 1024 };

const KEY_BYTES = 32;
const bytes = z.int().check(z.minimum(64), z.maximum(1024 * 1024));
const configSchema = z.pipe(
  z.object({
    format: z.literal(VAULT_FORMAT),
    version: z.literal(FORMAT_VERSION),
    id: z.string().check(z.regex(/^[0-9a-f]{32}$/)),
    suite: z.enum(['none', 'aes-256-gcm', 'xchacha20-poly1305']),
    chunker: z.object({ minimum: bytes, average: bytes, maximum: bytes }),
    created: z.iso.datetime(),
    publicKey: z.optional(z.base64()),
  }),
  z.transform((config) => ({
    ...config,
    publicKey: config.publicKey === undefined ? undefined : (Buffer.from(config.publicKey, 'base64') as Uint8Array),
  })),
);

export interface NewConfigOptions {
  readonly suite: SealSuite;
  readonly chunker?: ChunkerSizes | undefined;
  readonly nowMs: number;
}

/** The config of a new vault with a random id. */
export function newConfig({ suite, chunker = DEFAULT_CHUNKER, nowMs }: NewConfigOptions): VaultConfig {
  const config = {
    format: VAULT_FORMAT,
    version: FORMAT_VERSION,
    id: randomBytes(16).toString('hex'),
    suite,
    chunker,
    created: new Date(nowMs).toISOString(),
    ...(suite === 'none' ? { publicKey: randomBytes(KEY_BYTES).toString('base64') } : {}),
  };
  return parseConfigLine(JSON.stringify(config));
}

export function encodeConfig(config: VaultConfig): Uint8Array {
  return encodeCheckedText([config.line]);
}

/**
 * Reads the config of the vault that a blob store holds.
 * @throws SyncError `vault/not-a-vault`, `vault/damaged`, `vault/newer-version`
 */
export async function readConfig(blobs: BlobStore): Promise<VaultConfig> {
  let found: Uint8Array;
  try {
    found = await blobs.get(CONFIG_BLOB);
  } catch (error) {
    if (!SyncError.is(error, 'storage/not-found')) throw error;
    throw notAVault(blobs.url, error);
  }
  if (!Buffer.from(found.subarray(0, 1024)).includes(VAULT_FORMAT)) throw notAVault(blobs.url);
  return decodeConfig(found);
}

/** @throws SyncError `vault/damaged`, `vault/newer-version` */
export function decodeConfig(found: Uint8Array): VaultConfig {
  const [line] = decodeCheckedText(CONFIG_BLOB, found, 1) as [string];
  return parseConfigLine(line);
}

function parseConfigLine(line: string): VaultConfig {
  const json = parseJson(CONFIG_BLOB, line);
  assertKnownVersion(CONFIG_BLOB, json);
  const parsed = configSchema.safeParse(json);
  if (!parsed.success) throw damagedBlob(CONFIG_BLOB, `${parsed.error.issues[0]?.path.join('.')} does not fit`, parsed.error);
  const { chunker, suite, publicKey } = parsed.data;
  if (chunker.minimum >= chunker.average || chunker.average >= chunker.maximum) throw damagedBlob(CONFIG_BLOB, 'chunker does not fit');
  if ((suite === 'none') !== (publicKey !== undefined)) throw damagedBlob(CONFIG_BLOB, 'publicKey does not fit its suite');
  if (publicKey !== undefined && publicKey.length !== KEY_BYTES) throw damagedBlob(CONFIG_BLOB, 'publicKey has not 32 bytes');
  return { ...parsed.data, line };
}

function notAVault(url: string, cause?: unknown): SyncError {
  return new SyncError('vault/not-a-vault', `${url} is not a vault; check the place, or make one with: cloudsync vault init ${url}`, {
    cause,
  });
}
