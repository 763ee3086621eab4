import type { ConflictResolution, Storage, SyncStateManager } from '@cloudsync/engine';
import type { VaultStorage } from '@cloudsync/vault';
import type { BlobDisk } from '../blob-store-contract/blob-disk.ts';
import type { VaultCheck } from './vault-failure.ts';
import type { VaultScenario } from './vault-scenario.ts';

/** Both ends of a link and its state, as one run sees them. */
export interface Connected {
  readonly source: Storage;
  readonly destination: Storage;
  readonly state: SyncStateManager;
  readonly vaults: readonly { readonly index: number; readonly storage: VaultStorage }[];
}

/** A bug on purpose, to prove that a check can fail. */
export interface VaultPlant {
  /** The check that has to find it. */
  readonly check: VaultCheck;
  /** What is wrong, in words. */
  readonly bug: string;
  /** What the bug needs to show. */
  readonly scenario?: Partial<VaultScenario>;
  readonly connect?: (connected: Connected) => Connected;
  readonly resolution?: ConflictResolution;
  /** Done to the disk of a vault after each run with it. */
  readonly spoil?: (disk: BlobDisk) => void;
}
