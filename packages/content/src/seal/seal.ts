import { createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';
import { SyncError } from '@cloudsync/engine/model/error';
import { damaged } from './damaged.ts';
import { openWith, type PieceToOpen, type SealSuite, sealWith, TAG_BYTES } from './suites.ts';

/** How stored objects are protected (docs/formats/content.md, "Sealing"). A plain value: it travels to worker threads. */
export interface SealKeys {
  readonly suite: SealSuite;
  /** 32 bytes each. Objects say which epoch sealed them; new ones use the highest. */
  readonly epochs: readonly { readonly epoch: number; readonly key: Uint8Array }[];
}

/** What an object is; part of its key, so that an object of one kind never opens as another. */
export type ObjectKind = 'pack' | 'index' | 'commit' | 'replica' | 'lock';

/** What seals and opens the pieces of one object. A plain value: it travels to worker threads. */
export interface ObjectSeal {
  readonly suite: SealSuite;
  readonly epoch: number;
  /** 32 random bytes, new for every object. */
  readonly salt: Uint8Array;
  /** 32 bytes, for this object only. */
  readonly key: Uint8Array;
}

/** What an object's header says besides its suite. */
export interface ObjectHeader {
  readonly kind: ObjectKind;
  readonly epoch: number;
  readonly salt: Uint8Array;
}

/** Magic, suite, zero, epoch, salt. */
export const HEADER_BYTES = 40;
export const SALT_BYTES = 32;
/** Piece numbers are smaller than this; it is the piece of a pack's directory. */
export const DIRECTORY_PIECE = 2 ** 32 - 1;

const FORMAT_VERSION = '1';
const MAGIC: Readonly<Record<ObjectKind, string>> = { pack: 'CSP', index: 'CSI', commit: 'CSC', replica: 'CSR', lock: 'CSL' };
const SUITE_NUMBERS: Readonly<Record<SealSuite, number>> = { none: 0, 'aes-256-gcm': 1, 'xchacha20-poly1305': 2 };

/** Begins a new object in the highest epoch. A salt is never given but by tests: two objects with one salt share their nonces. */
export function beginSeal(keys: SealKeys, kind: ObjectKind, salt: Uint8Array = randomBytes(SALT_BYTES)): ObjectSeal {
  const newest = keys.epochs.reduce((a, b) => (b.epoch > a.epoch ? b : a), { epoch: -1, key: new Uint8Array(0) });
  if (newest.epoch < 0) throw new RangeError('a seal needs the key of at least one epoch');
  return { suite: keys.suite, epoch: newest.epoch, salt, key: objectKey(newest.key, kind, salt) };
}

/**
 * What opens an object whose header is known. `object` names it in errors.
 * @throws SyncError `content/damaged` when there is no key of that epoch
 */
export function sealOf(keys: SealKeys, header: ObjectHeader, object: string): ObjectSeal {
  const found = keys.epochs.find(({ epoch }) => epoch === header.epoch);
  if (found === undefined) throw damaged(object, `it says it was sealed in key epoch ${header.epoch}, which these keys do not have`);
  const { kind, epoch, salt } = header;
  return { suite: keys.suite, epoch, salt, key: objectKey(found.key, kind, salt) };
}

/**
 * Each piece of an object has a number of its own, and is sealed once. @param into memory to use, long enough
 * @returns the bytes, {@link TAG_BYTES} longer than `plain`
 */
export function sealPiece({ suite, key }: ObjectSeal, piece: number, plain: Uint8Array, into?: Uint8Array): Uint8Array {
  return sealWith(suite, key, { piece, plain, into });
}

export interface ObjectPiece extends PieceToOpen {
  /** Name of the object in the blob store, for errors. */
  readonly object: string;
}

/** @throws SyncError `content/damaged` naming the object when these are not the bytes that were sealed as this piece of it */
export function openPiece({ suite, key }: ObjectSeal, { object, ...toOpen }: ObjectPiece): Uint8Array {
  const { piece, sealed } = toOpen;
  const plain = sealed.length < TAG_BYTES ? undefined : openWith(suite, key, toOpen);
  if (plain === undefined)
    throw damaged(object, piece === DIRECTORY_PIECE ? 'its directory does not open' : `piece ${piece} does not open`);
  return plain;
}

/** The 40 bytes that an object begins with. */
export function encodeHeader(seal: ObjectSeal, kind: ObjectKind): Uint8Array<ArrayBuffer> {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write(MAGIC[kind] + FORMAT_VERSION, 'latin1');
  header[4] = SUITE_NUMBERS[seal.suite];
  header.writeUInt16BE(seal.epoch, 6);
  header.set(seal.salt, 8);
  return header;
}

/**
 * Reads a header and makes what opens the object.
 * @throws SyncError `content/damaged` when it is no header of this kind and suite, `vault/newer-version`
 */
export function openHeader(keys: SealKeys, kind: ObjectKind, bytes: Uint8Array, object: string): ObjectSeal {
  if (bytes.length < HEADER_BYTES) throw damaged(object, 'it ends inside its header');
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  if (header.toString('latin1', 0, 3) !== MAGIC[kind]) throw damaged(object, `it is no ${kind}`);
  const version = header.toString('latin1', 3, 4);
  if (version > FORMAT_VERSION && version <= '9') {
    throw new SyncError('vault/newer-version', `${object} is of format ${version}, newer than this program; update CloudSync`, {
      path: object,
    });
  }
  if (version !== FORMAT_VERSION) throw damaged(object, `it is no ${kind}`);
  if (header[4] !== SUITE_NUMBERS[keys.suite] || header[5] !== 0) throw damaged(object, 'it says it was sealed with another suite');
  return sealOf(keys, { kind, epoch: header.readUInt16BE(6), salt: Uint8Array.from(header.subarray(8)) }, object);
}

/** Epoch keys as Node likes them: with bytes each derivation takes twice as long. */
const keyObjects = new WeakMap<Uint8Array, KeyObject>();

function objectKey(epochKey: Uint8Array, kind: ObjectKind, salt: Uint8Array): Uint8Array {
  const key = keyObjects.get(epochKey) ?? createSecretKey(epochKey);
  keyObjects.set(epochKey, key);
  return new Uint8Array(hkdfSync('sha256', key, salt, `cloudsync 1 ${kind}`, 32));
}
