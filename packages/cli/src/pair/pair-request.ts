import type { ComparisonMode, ConflictResolution, InitialSync, MaxDelete, SymlinkPolicy, SyncMode } from '@cloudsync/engine';

/** How a pair is synced. Kept with its last run, so that resolve-conflicts can run it again the same way. */
export interface PairOptions {
  readonly mode: SyncMode;
  readonly compare: ComparisonMode;
  readonly conflict: ConflictResolution;
  readonly initial: InitialSync;
  /** gitignore lines, those of --exclude-from included. */
  readonly ignore: readonly string[];
  readonly symlinks: SymlinkPolicy;
  readonly trash: boolean;
  readonly maxDelete: MaxDelete;
}

/** Two places as the user named them, and how they are synced. */
export interface PairRequest {
  readonly source: string;
  readonly destination: string;
  readonly options: PairOptions;
}
