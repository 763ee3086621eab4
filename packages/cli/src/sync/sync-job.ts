import type { SyncPauseController, SyncProgressTracker } from '@cloudsync/engine';
import type { LocatedPair } from '../pair/locate-pair.ts';
import type { Reporter } from '../report/reporter.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { LazyVaultOpener } from '../vault/lazy-vault-opener.ts';
import type { WorkspaceOpener } from '../workspace/workspace-opener.ts';
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
  readonly openWorkspace: WorkspaceOpener;
  /** Who is told of what happens to a pair; undefined: whoever sits at the terminal. */
  readonly reporter?: ((pair: LocatedPair, tracker?: SyncProgressTracker) => Reporter) | undefined;
}
