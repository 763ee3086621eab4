import { assertGoingOn } from '../cancelled.ts';
import type { Vault } from '../vault.ts';
import { entriesOf } from './prune-plan.ts';
import { snapshots } from './snapshots.ts';

export interface VaultStats {
  readonly snapshots: number;
  /** Of the newest version. */
  readonly files: number;
  readonly folders: number;
  readonly symlinks: number;
  /** Content of the newest version. */
  readonly bytes: number;
  /** Content of all versions, each counted wholly. */
  readonly bytesOfAll: number;
  /** Different chunks of content, before compression. */
  readonly uniqueBytes: number;
  readonly chunks: number;
  readonly packs: number;
  /** Packs with content, as they are stored. */
  readonly dataBytes: number;
  /** Everything that is stored: content, trees, index, commits, and what waits for a prune. */
  readonly storedBytes: number;
  /** Content of all versions for each byte of different content; undefined when there is none. */
  readonly deduplication: number | undefined;
  /** Different content for each byte that is stored of it. */
  readonly compression: number | undefined;
}

/** What a vault holds, and what that takes. Reads commits and the index, no content. */
export async function stats(vault: Vault, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<VaultStats> {
  await vault.refresh();
  let [count, bytesOfAll] = [0, 0];
  for await (const { commit } of snapshots(vault)) {
    assertGoingOn(signal);
    count++;
    bytesOfAll += commit?.totals.bytes ?? 0;
  }
  let storedBytes = 0;
  for await (const { size } of vault.blobs.list('')) storedBytes += size;
  const { chunks, packs, uniqueBytes, dataBytes } = ofIndex(vault);
  const { files = 0, folders = 0, symlinks = 0, bytes = 0 } = vault.head?.commit.totals ?? {};
  return {
    snapshots: count,
    files,
    folders,
    symlinks,
    bytes,
    bytesOfAll,
    uniqueBytes,
    chunks,
    packs,
    dataBytes,
    storedBytes,
    deduplication: uniqueBytes === 0 ? undefined : bytesOfAll / uniqueBytes,
    compression: dataBytes === 0 ? undefined : uniqueBytes / dataBytes,
  };
}

function ofIndex({ chunks: store }: Vault): Pick<VaultStats, 'chunks' | 'packs' | 'uniqueBytes' | 'dataBytes'> {
  const { index } = store;
  let [chunks, packs, uniqueBytes, dataBytes] = [0, 0, 0, 0];
  for (const pack of index.packs()) {
    if (!store.isInForce(pack.salt)) continue;
    packs++;
    if (pack.kind !== 'data') continue;
    dataBytes += pack.size;
    for (const entry of entriesOf(pack)) {
      // A chunk that lies in two packs counts once.
      if (index.find(index.id(entry)) !== entry) continue;
      chunks++;
      uniqueBytes += index.place(entry).length;
    }
  }
  return { chunks, packs, uniqueBytes, dataBytes };
}
