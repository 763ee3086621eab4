import { type BlobStore, FolderBlobStore } from '@cloudsync/content';
import { assertFolderThere, type VaultPlace } from './vault-place.ts';

/** The blobs of a vault while a command works on them. */
export interface OpenBlobs extends AsyncDisposable {
  readonly store: BlobStore;
}

/** @throws SyncError `vault/not-a-vault` when the place is not there */
export function openBlobs(place: VaultPlace): OpenBlobs {
  assertFolderThere(place);
  const store: BlobStore = new FolderBlobStore(place.folder);
  return {
    store,
    [Symbol.asyncDispose]: async () => {
      await store.close?.();
    },
  };
}
