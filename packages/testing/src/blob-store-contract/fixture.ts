import type { BlobStore } from '@cloudsync/content';

/** One fresh, empty blob store and what a test may do to it besides using it. */
export interface BlobStoreFixture {
  readonly store: BlobStore;
  /** Another client of the same place, as on a second computer or after a restart. */
  readonly reopen: () => BlobStore;
  /** Loses power and opens the place again; only where a test can do that. */
  readonly powerCut?: (() => BlobStore) | undefined;
  /** What an interrupted write left behind, by any name. */
  readonly leftovers?: (() => Promise<readonly string[]>) | undefined;
  readonly dispose?: (() => Promise<void>) | undefined;
}

export type BlobStoreFactory = () => Promise<BlobStoreFixture>;

/** A promise of the `BlobStore` interface and what shows that it is kept. */
export interface BlobStoreRule {
  readonly title: string;
  readonly check: (fixture: BlobStoreFixture) => Promise<void>;
  /** False: this store cannot be asked. */
  readonly applies?: (fixture: BlobStoreFixture) => boolean;
}
