import type { BlobStore } from '@cloudsync/content';
import { SyncError } from '@cloudsync/engine';
import type { VaultConfig } from '../config.ts';
import { decodeSlot, encodeSlot, type KeySlot, openSlot, SLOTS_PREFIX, sealSlot, slotBlob } from './key-slot.ts';
import { type MasterKeys, publicMasterKeys, withNewEpoch } from './master-keys.ts';
import { parseRecoveryKey } from './recovery-key.ts';
import { bytesOfSecret, type NewSecret, type Secret, type SlotKind } from './secret.ts';

/** What was found under `keys/`: slots, and those that cannot be read. */
export interface FoundSlots {
  /** The oldest first. */
  readonly slots: readonly KeySlot[];
  readonly damaged: readonly SyncError[];
}

/** Master keys, and the slot that gave them; no slot for a vault without encryption. */
export interface Unlocked {
  readonly keys: MasterKeys;
  readonly slot: KeySlot | undefined;
}

/** Reads all key slots. @throws what the blob store throws; a damaged slot is in the answer */
export async function readSlots(blobs: BlobStore): Promise<FoundSlots> {
  const slots: KeySlot[] = [];
  const damaged: SyncError[] = [];
  for await (const { name } of blobs.list(SLOTS_PREFIX)) {
    try {
      slots.push(decodeSlot(name, await blobs.get(name)));
    } catch (error) {
      if (!SyncError.is(error) || !error.code.startsWith('vault/')) throw error;
      damaged.push(error);
    }
  }
  slots.sort((a, b) => (a.created < b.created ? -1 : a.created > b.created ? 1 : a.id < b.id ? -1 : 1));
  return { slots, damaged };
}

/**
 * Opens the master keys with what the user has; nothing is asked for when the vault has no encryption.
 * @throws SyncError `vault/wrong-key` (which slot it was tried on is not told), `vault/damaged`, `vault/newer-version`, `config/invalid`
 */
export async function unlock(blobs: BlobStore, config: VaultConfig, secret: Secret | undefined): Promise<Unlocked> {
  if (config.publicKey !== undefined) return { keys: publicMasterKeys(config.publicKey), slot: undefined };
  if (secret === undefined) throw new SyncError('vault/wrong-key', `the vault ${blobs.url} is encrypted; give its passphrase or key file`);
  const found = await readSlots(blobs);
  const tries = triesOf(secret);
  // A slot of before a rotation that was interrupted holds older keys only.
  const newestFirst = [...found.slots].sort((a, b) => b.epoch - a.epoch);
  for (const slot of newestFirst) {
    const bytes = tries.get(slot.kind);
    const keys = bytes && (await openSlot(slot, config, bytes));
    if (keys !== undefined) return { keys, slot };
  }
  throw noSlotOpens(blobs.url, secret, found);
}

/** What to try on slots of each kind. A recovery key may stand wherever a passphrase does. */
function triesOf(secret: Secret): ReadonlyMap<SlotKind, Uint8Array> {
  const tries = new Map<SlotKind, Uint8Array>([[secret.kind, bytesOfSecret(secret)]]);
  const recovery = secret.kind === 'passphrase' ? parseRecoveryKey(secret.text) : undefined;
  if (recovery instanceof Uint8Array) tries.set('recovery', recovery);
  return tries;
}

function noSlotOpens(url: string, secret: Secret, { slots, damaged }: FoundSlots): SyncError {
  const [first] = damaged;
  if (slots.length === 0 && first !== undefined) return first;
  if (slots.length === 0)
    return new SyncError('vault/damaged', `the vault ${url} has no key slot left; restore keys/ from a copy of the vault`);
  const what = secret.kind === 'key-file' ? 'the key file' : 'the passphrase';
  const typo =
    secret.kind === 'passphrase' && parseRecoveryKey(secret.text) === 'mistyped' ? '; if it is a recovery key, a letter is wrong' : '';
  const also = first === undefined ? '' : `; ${slotCount(damaged.length)} cannot be read (${first.path})`;
  return new SyncError('vault/wrong-key', `${what} does not open the vault ${url}; check it and try again${typo}${also}`);
}

function slotCount(count: number): string {
  return count === 1 ? 'one key slot' : `${count} key slots`;
}

export interface NewSlot {
  readonly secret: NewSecret;
  readonly label: string;
}

export interface KeyChange {
  readonly config: VaultConfig;
  readonly keys: MasterKeys;
  readonly nowMs: number;
}

/** Adds a way to unlock the vault. */
export async function addSlot(blobs: BlobStore, { config, keys, nowMs }: KeyChange, { secret, label }: NewSlot): Promise<KeySlot> {
  assertEncrypted(config, blobs.url);
  const slot = await sealSlot(keys, { config, secret, label, nowMs });
  if (!(await blobs.create(slotBlob(slot.id), [encodeSlot(slot)]))) {
    throw new SyncError('vault/exists', `${slotBlob(slot.id)} exists in the vault; run the command again`);
  }
  await blobs.flush();
  return slot;
}

/**
 * Removes a way to unlock the vault. Who has used it may still have the master keys: only a rotation keeps them from what comes.
 * @param given the slot's id, or the only label of that text
 * @returns its id
 * @throws SyncError `config/invalid` for the last slot, and for none or several of that name
 */
export async function removeSlot(blobs: BlobStore, given: string): Promise<string> {
  const { slots, damaged } = await readSlots(blobs);
  const ids = slots.filter(({ id, label }) => id === given || label === given).map(({ id }) => id);
  if (damaged.some(({ path }) => path === slotBlob(given))) ids.push(given);
  const [id] = ids;
  if (id === undefined) throw new SyncError('config/invalid', `the vault has no key ${given}; see cloudsync vault key list`);
  if (ids.length > 1)
    throw new SyncError('config/invalid', `several keys are called ${given}; give the id that cloudsync vault key list shows`);
  const newest = Math.max(...slots.map(({ epoch }) => epoch));
  // A slot that a rotation left behind does not open what came since.
  if (!slots.some((slot) => slot.id !== id && slot.epoch === newest)) {
    throw new SyncError('config/invalid', `${given} is the last key of the vault; add another before you remove it`);
  }
  await blobs.delete(slotBlob(id));
  await blobs.flush();
  return id;
}

/**
 * Begins a new epoch: the slot is written anew with one more master key, all others are removed, since they could not open what
 * comes. In this order, so that a crash in between leaves at least one slot that opens everything. The caller holds the maintenance
 * lock: two rotations at once could remove each other's slot.
 * @throws SyncError `storage/changed` when somebody else rotated or removed the key since it opened the vault
 */
export async function rotate(
  blobs: BlobStore,
  { config, keys, nowMs }: KeyChange,
  own: NewSlot & { readonly id: string },
): Promise<Unlocked> {
  assertEncrypted(config, blobs.url);
  await assertStillNewest(blobs, own.id, keys);
  const next = withNewEpoch(keys);
  const slot = await sealSlot(next, { config, nowMs, ...own });
  await blobs.put(slotBlob(slot.id), encodeSlot(slot));
  await blobs.flush();
  const others: string[] = [];
  for await (const { name } of blobs.list(SLOTS_PREFIX)) if (name !== slotBlob(slot.id)) others.push(name);
  for (const name of others) await blobs.delete(name);
  await blobs.flush();
  return { keys: next, slot };
}

async function assertStillNewest(blobs: BlobStore, id: string, { epochs }: MasterKeys): Promise<void> {
  const { slots } = await readSlots(blobs);
  const newest = Math.max(0, ...slots.map(({ epoch }) => epoch));
  if (newest === epochs.length && slots.some((slot) => slot.id === id)) return;
  throw new SyncError('storage/changed', `somebody else changed the keys of the vault ${blobs.url} meanwhile; run the command again`);
}

function assertEncrypted({ publicKey }: VaultConfig, url: string): void {
  if (publicKey !== undefined)
    throw new SyncError('config/invalid', `the vault ${url} is not encrypted, so it has no keys; make a new vault for that`);
}
