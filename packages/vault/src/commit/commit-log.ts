import { hash } from 'node:crypto';
import { type BlobStore, HEADER_BYTES, openObject, type SealKeys, sealObject } from '@cloudsync/content';
import { SyncError } from '@cloudsync/engine';
import { type Commit, damagedCommit, decodeCommit, encodeCommit } from './commit.ts';

export const COMMITS_PREFIX = 'commits/';
const DIGITS = 12;
/** No writer comes this far: what claims such a number was put there. */
const SEQUENCE_MAX = 10 ** DIGITS - 1;
const COMMIT_BYTES_MAX = 32 * 1024 * 1024;

/** A commit that is in the vault. */
export interface CommitRecord {
  readonly commit: Commit;
  /** SHA-256 of its sealed bytes in hex: the commit after it names it. */
  readonly hash: string;
}

/** The newest commit that a device has seen; it remembers it, so that a vault that was put back shows. */
export interface SeenCommit {
  readonly sequence: number;
  readonly hash: string;
}

export interface CommitLogOptions {
  readonly blobs: BlobStore;
  readonly keys: SealKeys;
  /** 32 hex digits. */
  readonly vault: string;
}

/**
 * The history of a vault: sealed commits under rising numbers, each naming the hash of the one before it. A number is taken once and
 * for all (`create` of the blob store), and so writers, prune and repair come into one order without locks and without clocks.
 */
export class CommitLog {
  readonly #blobs: BlobStore;
  readonly #keys: SealKeys;
  readonly #vault: string;

  constructor({ blobs, keys, vault }: CommitLogOptions) {
    this.#blobs = blobs;
    this.#keys = keys;
    this.#vault = vault;
  }

  /** Sequences of all commits that are stored, ascending; forgotten ones are missing. */
  async list(): Promise<number[]> {
    const sequences: number[] = [];
    for await (const { name } of this.#blobs.list(COMMITS_PREFIX)) {
      const sequence = sequenceOf(name);
      if (sequence !== undefined) sequences.push(sequence);
    }
    return sequences.sort((a, b) => a - b);
  }

  /**
   * The newest commit; undefined in a vault that has none yet.
   * @throws SyncError `vault/damaged`, `vault/newer-version`, `vault/wrong-key` (sealed with keys of after a rotation)
   */
  async head(): Promise<CommitRecord | undefined> {
    for (let before: number | undefined; ; ) {
      const sequences = await this.list();
      const newest = sequences.at(-1);
      if (newest === undefined) return undefined;
      try {
        const { bytes, record } = await this.#read(newest);
        await this.#assertNotFromBeforeRotation(newest, bytes, sequences);
        return record;
      } catch (error) {
        // What was the newest when it was listed can be forgotten when it is read: then there is a newer one.
        if (!SyncError.is(error, 'vault/no-such-version') || newest === before) throw error;
        before = newest;
      }
    }
  }

  /** @throws SyncError `vault/no-such-version` when it is not stored; `vault/damaged`, `vault/newer-version`, `vault/wrong-key` */
  async read(sequence: number): Promise<CommitRecord> {
    return (await this.#read(sequence)).record;
  }

  /** The hash of a commit's stored bytes, whatever they are worth; undefined when it is not stored. */
  async hashOf(sequence: number): Promise<string | undefined> {
    const bytes = await this.#bytesOf(sequence);
    return bytes && hash('sha256', bytes, 'hex');
  }

  /**
   * Adds a commit, durably, if its number is free and the next one.
   * @returns undefined when another writer was faster
   * @throws SyncError `vault/damaged` when there is no number left
   */
  async append(commit: Commit): Promise<CommitRecord | undefined> {
    if (commit.sequence > SEQUENCE_MAX) throw noNumberLeft(commit.sequence - 1);
    const { bytes } = sealObject(this.#keys, 'commit', encodeCommit(this.#vault, commit));
    const record = { commit, hash: hash('sha256', bytes, 'hex') };
    if (!(await this.#create(commit.sequence, bytes))) return undefined;
    if (!(await this.#isInHistory(record))) return undefined;
    await this.#blobs.flush();
    return record;
  }

  /**
   * A number can be free again because its commit was forgotten long ago. What was put there is not the present and counts for nothing;
   * whoever appended it comes after the newest instead.
   */
  async #isInHistory({ commit, hash }: CommitRecord): Promise<boolean> {
    const [next] = (await this.list()).filter((sequence) => sequence > commit.sequence);
    if (next === undefined) return true;
    return next === commit.sequence + 1 && (await this.read(next)).commit.previous === hash;
  }

  /** Removes the blobs of forgotten commits, never the newest. */
  async delete(sequences: Iterable<number>): Promise<void> {
    const newest = (await this.list()).at(-1);
    for (const sequence of sequences) if (sequence !== newest) await this.#blobs.delete(nameOf(sequence));
  }

  /** An answer may be lost although the blob was written: what stands there then has our very bytes, which nobody else can make. */
  async #create(sequence: number, bytes: Uint8Array): Promise<boolean> {
    try {
      if (await this.#blobs.create(nameOf(sequence), [bytes])) return true;
    } catch (error) {
      if (await this.#isOurs(sequence, bytes).catch(() => false)) return true;
      throw error;
    }
    return this.#isOurs(sequence, bytes);
  }

  async #isOurs(sequence: number, bytes: Uint8Array): Promise<boolean> {
    const there = await this.#bytesOf(sequence);
    return there !== undefined && Buffer.compare(there, bytes) === 0;
  }

  async #read(sequence: number): Promise<{ readonly bytes: Uint8Array; readonly record: CommitRecord }> {
    const object = nameOf(sequence);
    const bytes = await this.#bytesOf(sequence);
    if (bytes === undefined)
      throw new SyncError('vault/no-such-version', `the vault has no version ${sequence}; see cloudsync vault log`, { path: object });
    if (bytes.length > COMMIT_BYTES_MAX) throw damagedCommit(object, 'it is longer than any commit');
    this.#assertKnownEpoch(object, bytes);
    const plain = openObject(this.#keys, { kind: 'commit', bytes, object });
    const commit = decodeCommit(plain, { vault: this.#vault, sequence, object });
    return { bytes, record: { commit, hash: hash('sha256', bytes, 'hex') } };
  }

  async #bytesOf(sequence: number): Promise<Uint8Array | undefined> {
    try {
      return await this.#blobs.get(nameOf(sequence));
    } catch (error) {
      if (SyncError.is(error, 'storage/not-found')) return undefined;
      throw error;
    }
  }

  #assertKnownEpoch(object: string, bytes: Uint8Array): void {
    const epoch = epochOf(bytes);
    if (epoch === undefined || epoch <= this.#newestEpoch) return;
    const message = `${object} was sealed with newer keys: the keys of the vault were rotated; open it again with the key that was kept`;
    throw new SyncError('vault/wrong-key', message, { path: object });
  }

  /** Who was shut out by a rotation still has the old keys. @throws SyncError `vault/damaged` when commits go back to them */
  async #assertNotFromBeforeRotation(newest: number, bytes: Uint8Array, sequences: readonly number[]): Promise<void> {
    const epoch = epochOf(bytes) ?? 0;
    if (epoch >= this.#newestEpoch) return;
    for (const sequence of sequences.toReversed()) {
      const header = await this.#blobs.getRange(nameOf(sequence), 0, HEADER_BYTES);
      if ((epochOf(header) ?? 0) > epoch) throw damagedCommit(nameOf(newest), 'it was sealed with keys that had been rotated away');
    }
  }

  get #newestEpoch(): number {
    return Math.max(...this.#keys.epochs.map(({ epoch }) => epoch));
  }
}

/** Where the header of a sealed object says its epoch (docs/formats/content.md, "Sealing"). */
function epochOf(bytes: Uint8Array): number | undefined {
  return bytes.length < HEADER_BYTES ? undefined : Buffer.from(bytes.buffer, bytes.byteOffset, HEADER_BYTES).readUInt16BE(6);
}

function noNumberLeft(last: number): SyncError {
  const object = nameOf(last);
  const message = `${object} has the last number that there is, so nothing can be committed after it; no writer made it: delete that blob, then run cloudsync vault repair`;
  return new SyncError('vault/damaged', message, { path: object });
}

export function nameOf(sequence: number): string {
  return COMMITS_PREFIX + String(sequence).padStart(DIGITS, '0');
}

function sequenceOf(name: string): number | undefined {
  const digits = name.slice(COMMITS_PREFIX.length);
  const sequence = Number(digits);
  return /^\d{12}$/.test(digits) && sequence > 0 ? sequence : undefined;
}
