import type { SyncPauseController } from '@cloudsync/engine';
import type { LocatedPair } from '../pair/locate-pair.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { LazyVaultOpener } from '../vault/lazy-vault-opener.ts';
import type { RunOptions } from './run-options.ts';

/** Everything that the ways to sync (once, watching, on a schedule) work with. */
export interface SyncJob {
  readonly pairs: readonly LocatedPair[];
  readonly run: RunOptions;
  readonly control: SyncPauseController;
  readonly terminal: Terminal;
  /** Where this device keeps what is never synced. */
  readonly deviceFolders: readonly string[];
  readonly vaultOpener: LazyVaultOpener;
}
