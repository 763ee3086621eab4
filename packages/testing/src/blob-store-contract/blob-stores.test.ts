import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FolderBlobStore, type FolderBlobStoreOptions, MemoryBlobStore } from '@cloudsync/content';
import { Random } from '../random.ts';
import { BlobDisk } from './blob-disk.ts';
import { blobStoreContract } from './blob-store-contract.ts';
import { FaultyBlobStore } from './faulty-blob-store.ts';
import type { BlobStoreFixture } from './fixture.ts';

async function folder(options: FolderBlobStoreOptions = {}): Promise<BlobStoreFixture> {
  const root = await mkdtemp(join(tmpdir(), 'cloudsync-blobs-'));
  return {
    store: new FolderBlobStore(root, options),
    reopen: () => new FolderBlobStore(root, options),
    leftovers: async () => (await readdir(root, { recursive: true })).filter((path) => path.includes('.tmp-') || path.includes('.claim-')),
    dispose: () => rm(root, { recursive: true }),
  };
}

async function memory(): Promise<BlobStoreFixture> {
  const store = new MemoryBlobStore();
  return { store, reopen: () => store };
}

async function faulty(): Promise<BlobStoreFixture> {
  const disk = new BlobDisk({ now: Date.now });
  const open = () => new FaultyBlobStore({ disk });
  return {
    store: open(),
    reopen: open,
    powerCut: () => {
      disk.powerCut(new Random(++cuts));
      return open();
    },
  };
}
let cuts = 0;

blobStoreContract('FolderBlobStore', folder);
blobStoreContract('FolderBlobStore without hard links', () => folder({ hardLinks: false }));
blobStoreContract('MemoryBlobStore', memory);
blobStoreContract('FaultyBlobStore', faulty);
