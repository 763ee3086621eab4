import { type BlobStore, MemoryBlobStore } from '@cloudsync/content';
import type { Entry } from '@cloudsync/engine';
import { readConfig, type VaultConfig } from './config.ts';
import { type VaultKeys, vaultKeys } from './keys/master-keys.ts';
import { initVault } from './keys/new-vault.ts';
import { VaultStorage } from './storage/vault-storage.ts';
import { type Author, Vault } from './vault.ts';

/** A vault in memory with what opens it again. */
export interface TestVault {
  readonly blobs: BlobStore;
  readonly config: VaultConfig;
  readonly keys: VaultKeys;
}

export const AUTHOR: Author = { device: { id: 'd'.repeat(32), name: 'test' }, clock: () => Date.UTC(2026, 0, 1) };
export const ACTORS = ['a'.repeat(16), 'b'.repeat(16), 'c'.repeat(16)] as const;

/** Small chunks, so that small files have many. */
const SMALL_CHUNKS = { minimum: 1024, average: 4096, maximum: 16 * 1024 };

export async function newTestVault(blobs: BlobStore = new MemoryBlobStore()): Promise<TestVault> {
  const { config, keys } = await initVault(blobs, { suite: 'none', slots: [], chunker: SMALL_CHUNKS, nowMs: AUTHOR.clock() });
  return { blobs, config: await readConfig(blobs), keys: vaultKeys(config, keys) };
}

export async function openStorage(made: TestVault, actor: string = ACTORS[0]): Promise<VaultStorage> {
  return new VaultStorage(await Vault.create(made, AUTHOR), { actor, ...AUTHOR });
}

export interface FileToPut {
  readonly content?: string | Uint8Array;
  readonly expected?: Entry | undefined;
  readonly vector?: string | undefined;
  readonly mtimeMs?: number;
}

export async function putFile(
  storage: VaultStorage,
  path: string,
  { content = path, expected, vector, mtimeMs = 1000 }: FileToPut = {},
): Promise<Entry> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const pieces = (async function* () {
    yield bytes;
  })();
  return storage.upload({ path, kind: 'file', size: bytes.length, mtimeMs, mode: 0o644, vector }, pieces, { expected });
}

export async function putFolder(storage: VaultStorage, path: string): Promise<Entry> {
  return storage.upload({ path, kind: 'folder', size: 0, mtimeMs: 1000, mode: 0o755 }, undefined, { expected: undefined });
}

export async function textOf(storage: VaultStorage, path: string): Promise<string | undefined> {
  const entry = await storage.stat(path);
  if (entry === undefined) return undefined;
  let text = '';
  for await (const piece of storage.download(entry)) text += Buffer.from(piece).toString('utf8');
  return text;
}

/** Paths with their contents, folders with `/`, of what is committed. */
export async function committed(made: TestVault): Promise<Record<string, string | undefined>> {
  const storage = await openStorage(made);
  const found: Record<string, string | undefined> = {};
  for await (const rows of storage.vault.tree().rows())
    for (const { path, kind } of rows) found[kind === 'folder' ? `${path}/` : path] = kind === 'file' ? await textOf(storage, path) : '';
  return found;
}
