import { ComparisonMode, ConflictResolution, type InitialSync, type MaxDelete, type SymlinkPolicy, SyncMode } from '@cloudsync/engine';

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

export const STANDARD_OPTIONS: PairOptions = {
  mode: SyncMode.TWO_WAY,
  compare: ComparisonMode.HASH_THEN_MTIME,
  conflict: ConflictResolution.NEWEST_WINS,
  initial: 'merge',
  ignore: [],
  symlinks: 'keep',
  trash: true,
  maxDelete: { percent: 50 },
};
