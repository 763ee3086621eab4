import type { Storage } from '@cloudsync/engine';
import type { WorkspaceStorage } from '@cloudsync/sdk';

/** Both ends of a device's pair, as one process of its agent sees them. */
export interface OpenPair {
  readonly folder: Storage;
  readonly workspace: Storage;
  /** The workspace's storage as it is, with whatever it does besides. */
  readonly live: WorkspaceStorage;
}
