import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MACOS_NAMES, STATE_FOLDER, TEMPORARY_PREFIX, WINDOWS_NAMES } from '@cloudsync/engine';
import { LocalFolder, LocalStateDirectory, MemoryStorage, type MemoryStorageOptions } from '@cloudsync/storages';
import { Random } from '../random.ts';
import { stateDirectoryContract } from '../state-contract/state-directory-contract.ts';
import { Disk, type DiskTraits } from '../strict-storage/disk.ts';
import { MemoryStateDirectory, StateFiles } from '../strict-storage/memory-state-directory.ts';
import { StrictStorage, type StrictStorageOptions } from '../strict-storage/strict-storage.ts';
import type { StorageFixture } from './fixture.ts';
import { storageContract } from './storage-contract.ts';

async function localFolder(): Promise<StorageFixture> {
  const home = await mkdtemp(join(tmpdir(), 'cloudsync-contract-'));
  const root = join(home, 'root');
  await mkdir(root);
  await mkdir(join(home, 'other'));
  return {
    storage: new LocalFolder(root),
    other: new LocalFolder(join(home, 'other')),
    reopen: async () => new LocalFolder(root),
    loseRoot: () => rm(root, { recursive: true }),
    leftovers: async () => (await readdir(root, { recursive: true })).filter((path) => path.includes(TEMPORARY_PREFIX)),
    dispose: () => rm(home, { recursive: true, force: true }),
  };
}

async function memory(options: MemoryStorageOptions = {}): Promise<StorageFixture> {
  return { storage: new MemoryStorage(options) };
}

interface StrictSetup extends Omit<StrictStorageOptions, 'disk'> {
  readonly traits?: Partial<DiskTraits>;
}

async function strict({ traits, ...options }: StrictSetup = {}): Promise<StorageFixture> {
  const now = () => Date.UTC(2026, 0, 1);
  const disk = new Disk({ now, name: `disk-${++disks}`, ...(traits === undefined ? {} : { traits }) });
  const open = () => new StrictStorage({ disk, ...options });
  return {
    storage: open(),
    other: new StrictStorage({ disk: new Disk({ now }), canCopy: true }),
    reopen: async () => open(),
    powerCut: async () => {
      disk.crash(new Random(disks));
      return open();
    },
  };
}
let disks = 0;

storageContract('LocalFolder', localFolder);
storageContract('MemoryStorage', memory);
storageContract('MemoryStorage with the names of Windows', () => memory({ names: WINDOWS_NAMES, mtimeStepMs: 2000 }));
storageContract('MemoryStorage with the names of macOS', () => memory({ names: MACOS_NAMES }));
storageContract('StrictStorage', () => strict({ canCopy: true }));
storageContract('StrictStorage like a bucket', () =>
  strict({
    scans: false,
    hashes: 'listed',
    canRename: false,
    canUpdate: false,
    traits: { modes: false, symlinks: false, ids: false, versions: 'content', mtimeStepMs: 1 },
  }),
);
storageContract('StrictStorage like an old Mac', () =>
  strict({ hashes: 'none', traits: { names: MACOS_NAMES, decomposesNames: true, mtimeStepMs: 1000, versions: 'none' } }),
);

stateDirectoryContract('LocalStateDirectory', async () => {
  const home = await mkdtemp(join(tmpdir(), 'cloudsync-state-'));
  const path = join(home, STATE_FOLDER);
  return {
    directory: new LocalStateDirectory(path),
    reopen: async () => new LocalStateDirectory(path),
    dispose: () => rm(home, { recursive: true, force: true }),
  };
});

stateDirectoryContract('MemoryStateDirectory', async () => {
  const files = new StateFiles();
  return {
    directory: new MemoryStateDirectory({ files }),
    reopen: async () => new MemoryStateDirectory({ files }),
    powerCut: async () => {
      files.crash(new Random(1));
      return new MemoryStateDirectory({ files });
    },
  };
});
