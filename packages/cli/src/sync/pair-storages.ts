import type { Storage } from '@cloudsync/engine';
import { openStorage } from '@cloudsync/storages';
import { hasState, type LocatedPair } from '../pair/locate-pair.ts';
import type { Root } from '../pair/roots.ts';
import type { LazyVaultOpener } from '../vault/lazy-vault-opener.ts';
import type { OpenSide, OtherSide } from './open-side.ts';
import type { Places } from './prepare-pair.ts';

/** Both storages of a pair, open. */
export interface PairStorages {
  readonly source: Storage;
  readonly destination: Storage;
  /** Keeps in mind how far the vaults among them have come. */
  remember(): Promise<void>;
  close(): Promise<void>;
}

/** @throws what opening a vault throws; `storage/root-missing` when one that was synced before is not there */
export async function openPairStorages(pair: LocatedPair, places: Places, vaultOpener: LazyVaultOpener): Promise<PairStorages> {
  await using opening = new AsyncDisposableStack();
  const open = async (root: Root, folder: string): Promise<OpenSide> => {
    if (root.type === 'folder') return opening.use(folderSide(openStorage(folder, pair.request.options)));
    const { openVaultSide } = await import('../vault/vault-side.ts');
    return opening.use(await openVaultSide(root, { wasSynced: hasState(pair.directory), opener: await vaultOpener() }));
  };
  const source = await open(pair.source, pair.source.folder);
  const destination = await open(pair.destination, places.destination);
  const hasVault = pair.source.type === 'vault' || pair.destination.type === 'vault';
  // Only a vault asks who is on the other side; a folder that is gone is told of by the cycle.
  const facts = async (side: OpenSide, { url }: Root): Promise<OtherSide> => ({ url, identity: hasVault ? await side.identity() : '' });
  const storages = {
    source: source.storage(await facts(destination, pair.destination)),
    destination: destination.storage(await facts(source, pair.source)),
  };
  const resources = opening.move();
  return {
    ...storages,
    remember: async () => {
      for (const side of [source, destination]) await side.remember();
    },
    close: () => resources.disposeAsync(),
  };
}

function folderSide(storage: Storage): OpenSide {
  return {
    identity: () => storage.identity(),
    storage: () => storage,
    remember: async () => undefined,
    [Symbol.asyncDispose]: async () => await storage.close?.(),
  };
}
