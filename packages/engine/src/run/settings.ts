import type { ComparisonMode } from '../compare/comparison-mode.ts';
import type { ConflictResolution } from '../plan/conflict-resolution.ts';
import type { MaxDelete } from '../plan/guard.ts';
import type { SyncMode } from '../plan/mode.ts';
import type { SymlinkPolicy } from '../storage.ts';
import type { InitialSync, SyncConfig, SyncPair } from './pair.ts';

/** A pair's and a run's options with every default filled in. */
export interface Settings {
  readonly mode: SyncMode;
  readonly resolution: ConflictResolution;
  readonly comparison: ComparisonMode;
  readonly initial: InitialSync;
  readonly maxDelete: MaxDelete;
  readonly ignore: readonly string[];
  readonly symlinks: SymlinkPolicy;
  readonly dryRun: boolean;
  readonly attempts: number;
  readonly only: readonly string[] | undefined;
}

export function settingsOf(pair: SyncPair, config: SyncConfig): Settings {
  return {
    mode: pair.syncMode ?? 'two-way',
    resolution: pair.conflictResolution ?? 'newest-wins',
    comparison: config.comparisonMode ?? 'hash-then-mtime',
    initial: config.initial ?? 'merge',
    maxDelete: config.force ? 'off' : (config.maxDelete ?? { percent: 50 }),
    ignore: [...(pair.ignoreManager?.patterns ?? []), ...(pair.ignore ?? [])],
    symlinks: config.symlinks ?? 'keep',
    dryRun: config.dryRun ?? false,
    attempts: config.attempts ?? 4,
    only: config.only,
  };
}
