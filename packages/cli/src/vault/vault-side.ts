import { SyncError } from '@cloudsync/engine';
import { type Vault, VaultStorage, type VaultStorageOptions } from '@cloudsync/vault';
import type { Root } from '../pair/roots.ts';
import type { OpenSide } from '../sync/open-side.ts';
import { actorOf } from './actor.ts';
import { OpenVault } from './open-vault.ts';
import type { VaultOpener } from './vault-opener.ts';

export interface VaultSideOptions {
  /** The pair has agreed on something before. */
  readonly wasSynced: boolean;
  readonly opener: VaultOpener;
}

/** Opens a vault as one side of a pair. @throws what {@link OpenVault.open} throws; `storage/root-missing` */
export async function openVaultSide(root: Root, { wasSynced, opener }: VaultSideOptions): Promise<OpenSide> {
  const open = await openVault(root, wasSynced, opener);
  const { vault, author, identity } = open;
  let storage: VaultStorage | undefined;
  return {
    identity: async () => identity,
    storage: (otherIdentity) => {
      storage = new SeenVaultStorage(vault, { ...author, actor: actorOf(author.device.id, otherIdentity), url: root.url }, identity);
      return storage;
    },
    remember: () => open.remember(),
    [Symbol.asyncDispose]: async () => {
      await storage?.close();
      await open[Symbol.asyncDispose]();
    },
  };
}

/** A vault as this device knows it: after a rollback that was accepted it is another place. */
class SeenVaultStorage extends VaultStorage {
  readonly #identity: string;

  constructor(vault: Vault, options: VaultStorageOptions, identity: string) {
    super(vault, options);
    this.#identity = identity;
  }

  override async identity(): Promise<string> {
    await super.identity();
    return this.#identity;
  }
}

async function openVault(root: Root, wasSynced: boolean, opener: VaultOpener): Promise<OpenVault> {
  try {
    return await OpenVault.open({ given: root.given, folder: root.folder }, { opener });
  } catch (error) {
    if (!wasSynced || !SyncError.is(error, 'vault/not-a-vault')) throw error;
    // The folder where a disk is mounted is there without its disk, too.
    const message = `the ${root.side} ${root.given} holds no vault although it was synced before; mount its disk`;
    throw new SyncError('storage/root-missing', message, { cause: error });
  }
}
