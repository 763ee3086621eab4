import { hkdfSync, randomBytes } from 'node:crypto';
import type { SealKeys } from '@cloudsync/content';
import * as z from 'zod/mini';
import { damagedBlob, parseJson } from '../checked-text.ts';
import type { VaultConfig } from '../config.ts';
import { KEY_BYTES } from './key-derivation.ts';

/** What a key slot holds: everything that is secret about a vault. Keys are 32 bytes each. */
export interface MasterKeys {
  /** One for each rotation, the oldest first. New objects are sealed in the last. */
  readonly epochs: readonly { readonly epoch: number; readonly key: Uint8Array }[];
  /** Makes chunk ids; stays through all epochs, so that deduplication does. */
  readonly idKey: Uint8Array;
  /** Decides where files are cut; stays, too. */
  readonly chunkerKey: Uint8Array;
}

/** What the layers above need of the keys of an open vault. */
export interface VaultKeys {
  readonly seal: SealKeys;
  readonly idKey: Uint8Array;
  readonly chunkerKey: Uint8Array;
}

const EPOCHS_MAX = 0xffff;

export function newMasterKeys(): MasterKeys {
  return { epochs: [{ epoch: 1, key: randomBytes(KEY_BYTES) }], idKey: randomBytes(KEY_BYTES), chunkerKey: randomBytes(KEY_BYTES) };
}

/** The same keys with one more epoch. */
export function withNewEpoch({ epochs, idKey, chunkerKey }: MasterKeys): MasterKeys {
  return { epochs: [...epochs, { epoch: newestEpoch({ epochs }) + 1, key: randomBytes(KEY_BYTES) }], idKey, chunkerKey };
}

export function newestEpoch({ epochs }: Pick<MasterKeys, 'epochs'>): number {
  return epochs.at(-1)?.epoch ?? 0;
}

/** Of a vault without encryption: everybody can derive these, so they find damage and not forgery. */
export function publicMasterKeys(publicKey: Uint8Array): MasterKeys {
  const derive = (info: string): Uint8Array => new Uint8Array(hkdfSync('sha256', publicKey, new Uint8Array(), info, KEY_BYTES));
  return { epochs: [{ epoch: 1, key: publicKey }], idKey: derive('cloudsync 1 id'), chunkerKey: derive('cloudsync 1 chunker') };
}

export function vaultKeys({ suite }: Pick<VaultConfig, 'suite'>, { epochs, idKey, chunkerKey }: MasterKeys): VaultKeys {
  return { seal: { suite, epochs }, idKey, chunkerKey };
}

export function encodeMasterKeys({ epochs, idKey, chunkerKey }: MasterKeys): Uint8Array {
  const base64 = (key: Uint8Array): string => Buffer.from(key).toString('base64');
  const json = {
    version: 1,
    epochs: epochs.map(({ epoch, key }) => ({ epoch, key: base64(key) })),
    idKey: base64(idKey),
    chunkerKey: base64(chunkerKey),
  };
  return Buffer.from(JSON.stringify(json), 'utf8');
}

const key = z.pipe(
  z.base64().check(z.length(44)),
  z.transform((text) => Buffer.from(text, 'base64') as Uint8Array),
);
const schema = z.object({
  version: z.literal(1),
  epochs: z.array(z.object({ epoch: z.int().check(z.minimum(1), z.maximum(EPOCHS_MAX)), key })).check(
    z.minLength(1),
    z.refine((epochs) => epochs.every(({ epoch }, i) => epoch === i + 1)),
  ),
  idKey: key,
  chunkerKey: key,
});

/** @param name of the slot, for messages @throws SyncError `vault/damaged` */
export function decodeMasterKeys(name: string, bytes: Uint8Array): MasterKeys {
  const parsed = schema.safeParse(parseJson(name, Buffer.from(bytes).toString('utf8')));
  if (!parsed.success) throw damagedBlob(name, 'what it holds are no master keys', parsed.error);
  const { epochs, idKey, chunkerKey } = parsed.data;
  return { epochs, idKey, chunkerKey };
}
