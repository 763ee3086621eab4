import { type Entry, SyncEngine, type SyncResult, SyncStateManager } from '@cloudsync/engine';
import { initVault, Vault, VaultStorage, vaultKeys } from '@cloudsync/vault';
import { BlobDisk } from '../blob-store-contract/blob-disk.ts';
import { FaultyBlobStore } from '../blob-store-contract/faulty-blob-store.ts';
import { bytesOf, streamOf } from '../content.ts';
import { MemoryStateDirectory, StateFiles } from '../strict-storage/memory-state-directory.ts';
import { viewOfStorage } from '../vault-simulator/vault-view.ts';

type Place = Pick<Parameters<typeof Vault.open>[0], 'config' | 'keys'> & { readonly disk: BlobDisk };

/** Vaults, each pair of them with a last state, and the real engine between them. Every change has a time of its own. */
export class ThreeVaults {
  readonly #places: readonly Place[];
  readonly #states = new Map<string, StateFiles>();
  #nowMs = Date.UTC(2026, 0, 1);

  private constructor(places: readonly Place[]) {
    this.#places = places;
  }

  static async make(): Promise<ThreeVaults> {
    const places: Place[] = [];
    for (let index = 0; index < 3; index++) {
      const disk = new BlobDisk({ now: () => 0 });
      const { config, keys } = await initVault(new FaultyBlobStore({ disk }), { suite: 'none', slots: [], nowMs: 0 });
      places.push({ disk, config, keys: vaultKeys(config, keys) });
    }
    return new ThreeVaults(places);
  }

  /** A vault as its only user sees it, or as another vault does. */
  async open(index: number, actor = 'user'): Promise<VaultStorage> {
    const { disk, config, keys } = this.#places[index] as Place;
    const device = { id: 'd'.repeat(32), name: 'test' };
    const clock = (): number => ++this.#nowMs;
    const vault = await Vault.create({ blobs: new FaultyBlobStore({ disk }), config, keys, threads: false }, { device, clock });
    const digits = Buffer.from(actor).toString('hex').padEnd(16, '0').slice(0, 16);
    return new VaultStorage(vault, { actor: digits, device, clock });
  }

  /** What the user of a vault does to it, in one commit. */
  async act(index: number, work: (storage: VaultStorage) => Promise<void>): Promise<void> {
    const storage = await this.open(index);
    await work(storage);
    await storage.flush();
  }

  async sync(source: number, destination: number): Promise<SyncResult> {
    const name = `${source}-${destination}`;
    const files = this.#states.get(name) ?? new StateFiles();
    this.#states.set(name, files);
    const [here, there] = [await this.open(source, `v${destination}`), await this.open(destination, `v${source}`)];
    const state = new SyncStateManager(new MemoryStateDirectory({ files }));
    return new SyncEngine().syncPair({ source: here, destination: there, state, conflictResolution: 'keep-both' }, { maxDelete: 'off' });
  }

  async syncAll(): Promise<void> {
    await this.sync(0, 2);
    await this.sync(0, 1);
    await this.sync(1, 2);
  }

  /** Path → content, folders marked. */
  async treeOf(index: number): Promise<Record<string, string>> {
    return Object.fromEntries(await viewOfStorage(await this.open(index)));
  }

  trees(): Promise<Record<string, string>[]> {
    return Promise.all([0, 1, 2].map((index) => this.treeOf(index)));
  }

  /** What a vault remembers to be deleted. */
  async tombstonesOf(index: number): Promise<string[]> {
    const paths: string[] = [];
    for await (const { notes = [] } of (await this.open(index)).list({ ignore: [], tombstones: true }))
      for (const note of notes) if (note.type === 'tombstone') paths.push(note.path);
    return paths;
  }

  /** Sequences of the newest commits. */
  heads(): Promise<(number | undefined)[]> {
    return Promise.all([0, 1, 2].map(async (index) => (await this.open(index)).vault.head?.commit.sequence));
  }
}

export async function makeFolder(storage: VaultStorage, path: string): Promise<void> {
  await storage.upload({ path, kind: 'folder', size: 0, mtimeMs: 1 }, undefined, { expected: undefined });
}

export async function makeFile(storage: VaultStorage, path: string): Promise<void> {
  await storage.upload({ path, kind: 'file', size: path.length, mtimeMs: 1 }, streamOf(bytesOf(path)), { expected: undefined });
}

export async function remove(storage: VaultStorage, path: string): Promise<void> {
  await storage.delete((await storage.stat(path)) as Entry);
}
