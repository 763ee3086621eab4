import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import * as z from 'zod/mini';
import { assertKnownVersion, damagedBlob, decodeCheckedText, encodeCheckedText, parseJson } from '../checked-text.ts';
import type { VaultConfig } from '../config.ts';
import { type Argon2Cost, DEFAULT_COST, deriveSlotKey, type KeyDerivation, keyDerivationSchema, SALT_BYTES } from './key-derivation.ts';
import { decodeMasterKeys, encodeMasterKeys, type MasterKeys, newestEpoch } from './master-keys.ts';
import { bytesOfSecret, type NewSecret, SLOT_KINDS, type SlotKind } from './secret.ts';

export const SLOTS_PREFIX = 'keys/';

/** One way to unlock the master keys, as anybody can read it (docs/formats/vault.md, "Keys"). */
export interface KeySlot {
  /** 16 hex digits. */
  readonly id: string;
  readonly kind: SlotKind;
  readonly label: string;
  /** ISO 8601. */
  readonly created: string;
  /** The newest epoch whose key it holds. */
  readonly epoch: number;
  readonly kdf: KeyDerivation;
  readonly nonce: Uint8Array;
  /** Master keys, sealed, with the tag at the end. */
  readonly sealed: Uint8Array;
  /** The line of JSON that says all but `sealed`; authenticated when the slot is opened. */
  readonly line: string;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const LABEL_MAX = 200;

const base64 = z.pipe(
  z.base64(),
  z.transform((text) => Buffer.from(text, 'base64') as Uint8Array),
);
const slotSchema = z.object({
  version: z.literal(1),
  id: z.string().check(z.regex(/^[0-9a-f]{16}$/)),
  kind: z.enum(SLOT_KINDS),
  label: z.string().check(z.maxLength(LABEL_MAX)),
  created: z.iso.datetime(),
  epoch: z.int().check(z.minimum(1), z.maximum(0xffff)),
  kdf: keyDerivationSchema,
  nonce: base64,
});

export interface SlotOptions {
  readonly config: VaultConfig;
  readonly secret: NewSecret;
  readonly label: string;
  readonly nowMs: number;
  /** An existing slot's id, when it is written anew. */
  readonly id?: string | undefined;
}

/** Seals the master keys for a secret, under a new salt and so a new key. */
export async function sealSlot(keys: MasterKeys, { config, secret, label, nowMs, id }: SlotOptions): Promise<KeySlot> {
  const nonce = randomBytes(NONCE_BYTES);
  const head = {
    version: 1,
    id: id ?? randomBytes(8).toString('hex'),
    kind: secret.kind,
    label: label.slice(0, LABEL_MAX),
    created: new Date(nowMs).toISOString(),
    epoch: newestEpoch(keys),
    kdf: newDerivation(secret),
    nonce: nonce.toString('base64'),
  } as const;
  const line = JSON.stringify(head);
  const cipher = createCipheriv('aes-256-gcm', await deriveSlotKey(head.kdf, bytesOfSecret(secret)), nonce);
  cipher.setAAD(associatedData(config, line));
  const sealed = Buffer.concat([cipher.update(encodeMasterKeys(keys)), cipher.final(), cipher.getAuthTag()]);
  return { ...head, nonce, sealed, line };
}

function newDerivation(secret: NewSecret): KeyDerivation {
  const salt = randomBytes(SALT_BYTES).toString('base64');
  if (secret.kind !== 'passphrase') return { name: 'hkdf-sha256', salt };
  const { memoryKiB, passes, parallelism }: Argon2Cost = secret.cost ?? DEFAULT_COST;
  return { name: 'argon2id', memoryKiB, passes, parallelism, salt };
}

/**
 * The master keys that a slot holds, or undefined when these bytes are not its secret (or slot or config were forged: nobody can tell).
 * @throws SyncError `vault/damaged` when it opens and holds no master keys
 */
export async function openSlot(slot: KeySlot, config: VaultConfig, secret: Uint8Array): Promise<MasterKeys | undefined> {
  const decipher = createDecipheriv('aes-256-gcm', await deriveSlotKey(slot.kdf, secret), slot.nonce);
  decipher.setAAD(associatedData(config, slot.line));
  decipher.setAuthTag(slot.sealed.subarray(-TAG_BYTES));
  let plain: Uint8Array;
  try {
    plain = Buffer.concat([decipher.update(slot.sealed.subarray(0, -TAG_BYTES)), decipher.final()]);
  } catch {
    return undefined;
  }
  return decodeMasterKeys(slotBlob(slot.id), plain);
}

/** Both lines as they are stored, so that a changed config opens no slot and no word of a slot can be changed. */
function associatedData(config: VaultConfig, line: string): Uint8Array {
  return Buffer.from(`${config.line}\n${line}\n`, 'utf8');
}

export function slotBlob(id: string): string {
  return SLOTS_PREFIX + id;
}

export function encodeSlot({ line, sealed }: KeySlot): Uint8Array {
  return encodeCheckedText([line, Buffer.from(sealed).toString('base64')]);
}

/** @throws SyncError `vault/damaged` */
export function decodeSlot(name: string, bytes: Uint8Array): KeySlot {
  const [line, sealedText] = decodeCheckedText(name, bytes, 2) as [string, string];
  const json = parseJson(name, line);
  assertKnownVersion(name, json);
  const parsed = slotSchema.safeParse(json);
  if (!parsed.success) throw damagedBlob(name, `${parsed.error.issues[0]?.path.join('.')} does not fit`, parsed.error);
  const sealed = base64.safeParse(sealedText);
  const { nonce, id } = parsed.data;
  if (!sealed.success || sealed.data.length <= TAG_BYTES || nonce.length !== NONCE_BYTES)
    throw damagedBlob(name, 'what is sealed does not fit');
  if (slotBlob(id) !== name) throw damagedBlob(name, `it says that it is ${slotBlob(id)}`);
  return { ...parsed.data, sealed: sealed.data, line };
}
