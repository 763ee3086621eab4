import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BlobStore, FolderBlobStore, MemoryBlobStore } from '@cloudsync/content';
import { LocalFolder } from '@cloudsync/storages';
import { initVault, readConfig, unlock, Vault, VaultStorage, vaultKeys } from '@cloudsync/vault';
import type { StorageFixture } from './fixture.ts';
import { storageContract } from './storage-contract.ts';

const SECRET = { kind: 'passphrase', text: 'correct horse' } as const;
const CHEAP = { memoryKiB: 8, passes: 1, parallelism: 1 };
const AUTHOR = { device: { id: '0'.repeat(32), name: 'test' }, clock: () => Date.UTC(2026, 0, 1) };

async function newVault(blobs: BlobStore, threads: boolean): Promise<VaultStorage> {
  const made = await initVault(blobs, {
    suite: 'aes-256-gcm',
    slots: [{ secret: { ...SECRET, cost: CHEAP }, label: 'test' }],
    nowMs: AUTHOR.clock(),
  });
  const vault = await Vault.create({ blobs, config: made.config, keys: vaultKeys(made.config, made.keys), threads }, AUTHOR);
  return new VaultStorage(vault, { actor: 'a'.repeat(16), ...AUTHOR });
}

async function openVault(blobs: BlobStore): Promise<VaultStorage> {
  const config = await readConfig(blobs);
  const { keys } = await unlock(blobs, config, SECRET);
  return new VaultStorage(await Vault.open({ blobs, config, keys: vaultKeys(config, keys) }), { actor: 'b'.repeat(16), ...AUTHOR });
}

async function inMemory(): Promise<StorageFixture> {
  const blobs = new MemoryBlobStore();
  return { storage: await newVault(blobs, false), powerCut: () => openVault(blobs) };
}

async function inFolder(): Promise<StorageFixture> {
  const home = await mkdtemp(join(tmpdir(), 'cloudsync-vault-'));
  const place = join(home, 'vault');
  await mkdir(place);
  await mkdir(join(home, 'other'));
  await mkdir(join(home, 'scratch'));
  return {
    storage: await newVault(new FolderBlobStore(place), true),
    other: new LocalFolder(join(home, 'other')),
    reopen: () => openVault(new FolderBlobStore(place)),
    loseRoot: () => rm(place, { recursive: true }),
    scratch: join(home, 'scratch'),
    dispose: () => rm(home, { recursive: true, force: true }),
  };
}

storageContract('VaultStorage', inMemory);
storageContract('VaultStorage in a folder', inFolder);
