import type { SyncPauseController } from '@cloudsync/engine';
import { deviceFolders, type Surroundings } from '../device/state-home.ts';
import type { LocatedPair } from '../pair/locate-pair.ts';
import type { LinkOptions } from '../settings/settings.ts';
import type { SyncJob } from '../sync/sync-job.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { lazyVaultOpener } from '../vault/lazy-vault-opener.ts';
import { workspaceOpener } from '../workspace/workspace-opener.ts';

export interface LinkJobOptions {
  readonly pair: LocatedPair;
  readonly options: LinkOptions;
  readonly control: SyncPauseController;
  readonly terminal: Terminal;
  readonly around: Surroundings;
  readonly stateHome: string;
  readonly force: boolean;
}

/** What syncs one link as its settings say. */
export function linkJob({ pair, options, control, terminal, around, stateHome, force }: LinkJobOptions): SyncJob {
  const { transfers, operations, bandwidth } = options;
  return {
    pairs: [pair],
    run: {
      dryRun: false,
      force,
      wait: true,
      transfers,
      operations,
      bandwidth,
      watch: options.mode === 'realtime',
      every: undefined,
      stateDir: undefined,
      json: false,
      verbose: false,
      quiet: false,
    },
    control,
    terminal,
    deviceFolders: deviceFolders(stateHome, around),
    vaultOpener: lazyVaultOpener({ flags: {}, terminal, stateHome }),
    openWorkspace: workspaceOpener({ around, stateHome }),
  };
}
