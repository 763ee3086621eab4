import { createCipheriv, hash } from 'node:crypto';
import { type BlobStore, MemoryBlobStore, type SealSuite } from '@cloudsync/content';
import type { Entry } from '@cloudsync/engine';
import type { VaultConfig } from '../config.ts';
import { type VaultKeys, vaultKeys } from '../keys/master-keys.ts';
import { initVault } from '../keys/new-vault.ts';
import type { NewSecret } from '../keys/secret.ts';
import { VaultStorage } from '../storage/vault-storage.ts';
import { Vault, type VaultOptions } from '../vault.ts';

export const PASSPHRASE = 'correct horse';
const CHEAP_SECRET: NewSecret = { kind: 'passphrase', text: PASSPHRASE, cost: { memoryKiB: 8, passes: 1, parallelism: 1 } };
export const DAY_MS = 86_400_000;

/** Bytes that depend on the seed only and do not compress. */
export function noise(seed: number | string, length: number): Buffer {
  const key = hash('sha256', String(seed), 'buffer');
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
}

/** A clock that stands still until it is told. */
export class TestClock {
  ms = Date.UTC(2026, 10, 21, 12);
  readonly now = (): number => this.ms;
}

export interface TestVaultOptions {
  readonly suite?: SealSuite;
  readonly blobs?: BlobStore;
  readonly clock?: TestClock;
  /** Default: a cheap one for {@link PASSPHRASE}. */
  readonly secret?: NewSecret;
}

/** A vault that can be opened many times, by several writers. */
export class TestVault {
  readonly blobs: BlobStore;
  readonly clock: TestClock;
  readonly config: VaultConfig;
  readonly keys: VaultKeys;

  private constructor(blobs: BlobStore, clock: TestClock, made: { config: VaultConfig; keys: VaultKeys }) {
    this.blobs = blobs;
    this.clock = clock;
    this.config = made.config;
    this.keys = made.keys;
  }

  static async make({
    suite = 'aes-256-gcm',
    clock = new TestClock(),
    blobs,
    secret = CHEAP_SECRET,
  }: TestVaultOptions = {}): Promise<TestVault> {
    const store = blobs ?? new MemoryBlobStore({ now: clock.now });
    const { config, keys } = await initVault(store, {
      suite,
      slots: suite === 'none' ? [] : [{ secret, label: 'test' }],
      chunker: { minimum: 1024, average: 4096, maximum: 16_384 },
      nowMs: clock.ms,
    });
    return new TestVault(store, clock, { config, keys: vaultKeys(config, keys) });
  }

  /** A vault that is there, or an empty one with these keys. */
  static over(blobs: BlobStore, clock: TestClock, made: { readonly config: VaultConfig; readonly keys: VaultKeys }): TestVault {
    return new TestVault(blobs, clock, made);
  }

  /** The same vault in a memory of its own, at the same time of day. */
  async clone(): Promise<TestVault> {
    const clock = new TestClock();
    clock.ms = this.clock.ms;
    const blobs = new MemoryBlobStore({ now: clock.now });
    for (const [name, bytes] of await this.contents()) await blobs.create(name, [bytes]);
    return new TestVault(blobs, clock, this);
  }

  /** As somebody opens it who has nothing in memory. @param blobs another way to the same blobs */
  async open(options: Partial<VaultOptions> = {}): Promise<Vault> {
    const { config, keys } = this;
    return Vault.create({ blobs: this.blobs, config, keys, ...options }, this.author());
  }

  author(name = 'laptop'): { device: { id: string; name: string }; clock: () => number; actor: string } {
    const id = hash('sha256', name, 'hex');
    return { device: { id: id.slice(0, 32), name }, clock: this.clock.now, actor: id.slice(0, 16) };
  }

  async writer(name?: string, options: Partial<VaultOptions> = {}): Promise<Writer> {
    const vault = await this.open(options);
    await vault.beginWriting();
    return new Writer(vault, new VaultStorage(vault, this.author(name)), this.clock);
  }

  /** Names and bytes of everything that is stored. */
  async contents(): Promise<Map<string, Uint8Array>> {
    const all = new Map<string, Uint8Array>();
    for await (const { name } of this.blobs.list('')) all.set(name, await this.blobs.get(name));
    return all;
  }
}

/** Changes a vault as a sync would; {@link commit} makes a snapshot. */
export class Writer {
  readonly vault: Vault;
  readonly storage: VaultStorage;
  readonly #clock: TestClock;

  constructor(vault: Vault, storage: VaultStorage, clock: TestClock) {
    this.vault = vault;
    this.storage = storage;
    this.#clock = clock;
  }

  async begin(): Promise<void> {
    for await (const _ of this.storage.list({ ignore: [] }));
  }

  async write(path: string, content: Uint8Array | string, attributes: Partial<Entry> = {}): Promise<void> {
    const bytes = Buffer.from(content);
    const entry: Entry = { path, kind: 'file', size: bytes.length, mtimeMs: this.#clock.ms, mode: 0o644, ...attributes };
    const expected = await this.storage.stat(path);
    await this.storage.upload(entry, oneBlock(bytes), { expected });
  }

  async folder(path: string, mode = 0o755): Promise<void> {
    const expected = await this.storage.stat(path);
    await this.storage.upload({ path, kind: 'folder', size: 0, mtimeMs: this.#clock.ms, mode }, undefined, { expected });
  }

  async symlink(path: string, target: string): Promise<void> {
    const expected = await this.storage.stat(path);
    await this.storage.upload({ path, kind: 'symlink', size: 0, mtimeMs: this.#clock.ms, target }, undefined, { expected });
  }

  async remove(path: string): Promise<void> {
    const entry = await this.storage.stat(path);
    if (entry === undefined) throw new Error(`${path} is not there`);
    await this.storage.delete(entry);
  }

  async rename(from: string, to: string): Promise<void> {
    const entry = await this.storage.stat(from);
    if (entry === undefined) throw new Error(`${from} is not there`);
    await this.storage.rename(entry, to, { expected: await this.storage.stat(to) });
  }

  /** Makes a snapshot of what was done, an hour after the last. @returns its sequence */
  async commit(): Promise<number> {
    await this.storage.flush();
    const sequence = this.vault.head?.commit.sequence ?? 0;
    this.#clock.ms += 3_600_000;
    await this.begin();
    return sequence;
  }
}

async function* oneBlock(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** All of a stream. */
export async function collect(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of content) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

export async function allOf<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
