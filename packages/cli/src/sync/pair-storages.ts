import type { Storage } from '@cloudsync/engine';
import { openStorage } from '@cloudsync/storages';
import { hasState, type LocatedPair } from '../pair/locate-pair.ts';
import type { Root } from '../pair/roots.ts';
import type { OpenSide, OtherSide } from './open-side.ts';
import type { Places } from './prepare-pair.ts';
import type { SyncJob } from './sync-job.ts';

/** Both storages of a pair, open. */
export interface PairStorages {
  readonly source: Storage;
  readonly destination: Storage;
  /** Keeps in mind how far the vaults among them have come. */
  remember(): Promise<void>;
  close(): Promise<void>;
}

/** What opens a side that is no folder. */
export type Openers = Pick<SyncJob, 'vaultOpener' | 'openWorkspace'>;

/** @throws what opening a vault or workspace throws; `storage/root-missing` when a vault that was synced before is not there */
export async function openPairStorages(pair: LocatedPair, places: Places, { vaultOpener, openWorkspace }: Openers): Promise<PairStorages> {
  await using opening = new AsyncDisposableStack();
  const openFolder = (folder: string): OpenSide => plainSide(openStorage(folder, pair.request.options));
  const open = async (root: Root): Promise<OpenSide> => {
    if (root.type === 'workspace') return opening.use(plainSide(await openWorkspace(root, places.state)));
    if (root.type === 'folder') return opening.use(openFolder(root.folder));
    const { openVaultSide } = await import('../vault/vault-side.ts');
    return opening.use(await openVaultSide(root, { wasSynced: hasState(pair.directory), opener: await vaultOpener() }));
  };
  const source = await open(pair.source);
  const destination = places.standIn === undefined ? await open(pair.destination) : opening.use(openFolder(places.standIn));
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

/** A side that needs to know nothing of the other. */
function plainSide(storage: Storage): OpenSide {
  return {
    identity: () => storage.identity(),
    storage: () => storage,
    remember: async () => undefined,
    [Symbol.asyncDispose]: async () => await storage.close?.(),
  };
}
