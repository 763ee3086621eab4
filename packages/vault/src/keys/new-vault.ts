import type { BlobStore, SealSuite } from '@cloudsync/content';
import { SyncError } from '@cloudsync/engine';
import { type ChunkerSizes, CONFIG_BLOB, encodeConfig, newConfig, type VaultConfig } from '../config.ts';
import { addSlot, type NewSlot } from './key-ring.ts';
import { decodeSlot, SLOTS_PREFIX, slotBlob } from './key-slot.ts';
import { type MasterKeys, newMasterKeys, publicMasterKeys } from './master-keys.ts';

export interface NewVaultOptions {
  readonly suite: SealSuite;
  /** Ways to unlock it: at least one, unless the suite is `none`. */
  readonly slots: readonly NewSlot[];
  readonly chunker?: ChunkerSizes | undefined;
  readonly nowMs: number;
}

/**
 * Makes a vault of an empty blob store: key slots first, then `config`, whose appearance is the vault's birth. Slots of a run that was
 * interrupted before that, or was slower, are removed.
 * @throws SyncError `vault/exists`; `vault/not-a-vault` when the store holds something else
 */
export async function initVault(blobs: BlobStore, options: NewVaultOptions): Promise<{ config: VaultConfig; keys: MasterKeys }> {
  const { suite, slots, chunker, nowMs } = options;
  if (suite !== 'none' && slots.length === 0) throw new SyncError('config/invalid', 'an encrypted vault needs a passphrase or a key file');
  const unborn = await unbornSlots(blobs);
  const config = newConfig({ suite, chunker, nowMs });
  const keys = config.publicKey === undefined ? newMasterKeys() : publicMasterKeys(config.publicKey);
  const own: string[] = [];
  for (const slot of slots) own.push(slotBlob((await addSlot(blobs, { config, keys, nowMs }, slot)).id));
  await blobs.flush();
  const isBorn = await blobs.create(CONFIG_BLOB, [encodeConfig(config)]);
  for (const name of isBorn ? unborn : own) await blobs.delete(name);
  if (!isBorn) throw exists(blobs.url);
  await blobs.flush();
  return { config, keys };
}

/** Key slots without a vault. @throws SyncError `vault/exists`, `vault/not-a-vault` */
async function unbornSlots(blobs: BlobStore): Promise<string[]> {
  const unborn: string[] = [];
  let foreign: string | undefined;
  for await (const { name } of blobs.list('')) {
    if (name === CONFIG_BLOB) throw exists(blobs.url);
    if (await isSlot(blobs, name)) unborn.push(name);
    else foreign ??= name;
  }
  if (foreign === undefined) return unborn;
  throw new SyncError('vault/not-a-vault', `${blobs.url} holds something else (${foreign}); name an empty place for the vault`);
}

/** Somebody's own folder may be called `keys`, too. */
async function isSlot(blobs: BlobStore, name: string): Promise<boolean> {
  if (!name.startsWith(SLOTS_PREFIX)) return false;
  try {
    decodeSlot(name, await blobs.get(name));
    return true;
  } catch (error) {
    if (SyncError.is(error) && error.code.startsWith('vault/')) return false;
    throw error;
  }
}

function exists(url: string): SyncError {
  return new SyncError('vault/exists', `${url} is a vault already; use it, or name another place`);
}
