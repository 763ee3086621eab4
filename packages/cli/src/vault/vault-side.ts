import { type Replica, SyncError, type Tombstone, type WatchChange, type Watcher } from '@cloudsync/engine';
import { type Vault, VaultStorage, type VaultStorageOptions } from '@cloudsync/vault';
import type { DiskRoot } from '../pair/roots.ts';
import type { OpenSide, OtherSide } from '../sync/open-side.ts';
import { actorOf } from './actor.ts';
import { type OpeningVault, OpenVault } from './open-vault.ts';
import { OpeningStorage } from './opening-storage.ts';
import type { VaultOpener } from './vault-opener.ts';
import { watchCommits } from './watch-commits.ts';

export interface VaultSideOptions {
  /** The pair has agreed on something before. */
  readonly wasSynced: boolean;
  readonly opener: VaultOpener;
}

/**
 * Opens a vault as one side of a pair. It goes on opening when this resolves, unless somebody may be asked for its passphrase.
 * @throws what {@link OpenVault.open} throws, here or when the storage is asked who it is; `storage/root-missing`
 */
export async function openVaultSide(root: DiskRoot, { wasSynced, opener }: VaultSideOptions): Promise<OpenSide> {
  const { config, opened } = await beginOpening(root, wasSynced, opener);
  if (config.suite === 'none' || opener.given === 'nothing') await opened;
  let storage: OpeningStorage | undefined;
  return {
    identity: async () => config.id,
    storage: (other) => {
      storage = new OpeningStorage(
        root.url,
        opened.then((open) => storageOf(open, root, other)),
      );
      return storage;
    },
    remember: async () => (await opened).remember(),
    [Symbol.asyncDispose]: async () => {
      const open = await opened.catch(() => undefined);
      if (open === undefined) return;
      await storage?.close();
      await open[Symbol.asyncDispose]();
    },
  };
}

function storageOf({ vault, author, rollbacks }: OpenVault, { url, folder }: DiskRoot, other: OtherSide): SeenVaultStorage {
  const actor = actorOf(author.device.id, other.identity);
  const replica = { id: actor, name: `${author.device.name}:${other.url}` };
  return new SeenVaultStorage(vault, { ...author, actor, url }, { folder, rollbacks, replica });
}

interface Seen {
  readonly folder: string;
  readonly rollbacks: number;
  readonly replica: Replica;
}

/**
 * A vault as this device knows it: after a rollback that was accepted it is another place, and what is synced with it is told from what
 * other devices sync, even when disks were copied.
 */
class SeenVaultStorage extends VaultStorage {
  readonly #seen: Seen;

  constructor(vault: Vault, options: VaultStorageOptions, seen: Seen) {
    super(vault, options);
    this.#seen = seen;
  }

  override async identity(): Promise<string> {
    const identity = await super.identity();
    return this.#seen.rollbacks === 0 ? identity : `${identity}-${this.#seen.rollbacks}`;
  }

  async watch(onChange: (change: WatchChange) => void): Promise<Watcher> {
    return watchCommits(this.vault, this.#seen.folder, onChange);
  }

  override async introduce(): Promise<void> {
    await unlessReadOnly(super.introduce(this.#seen.replica));
  }

  override async seenBy(): Promise<number> {
    return super.seenBy(this.#seen.replica);
  }

  override async rememberDeletions(deletions: readonly Tombstone[]): Promise<void> {
    await unlessReadOnly(super.rememberDeletions(deletions));
  }

  override async acknowledge(): Promise<void> {
    await unlessReadOnly(super.acknowledge(this.#seen.replica));
  }
}

/** Deletions do not wait for a replica that nobody could note, and where nobody can write nobody deletes. */
async function unlessReadOnly(note: Promise<void>): Promise<void> {
  try {
    await note;
  } catch (error) {
    if (!SyncError.is(error, 'storage/read-only') && !SyncError.is(error, 'storage/denied')) throw error;
  }
}

async function beginOpening(root: DiskRoot, wasSynced: boolean, opener: VaultOpener): Promise<OpeningVault> {
  try {
    return await OpenVault.begin({ given: root.given, folder: root.folder }, { opener });
  } catch (error) {
    if (!wasSynced || !SyncError.is(error, 'vault/not-a-vault')) throw error;
    // The folder where a disk is mounted is there without its disk, too.
    const message = `the ${root.side} ${root.given} holds no vault although it was synced before; mount its disk`;
    throw new SyncError('storage/root-missing', message, { cause: error });
  }
}
