import type { Action, Conflict } from '../plan/action.ts';
import type { Issue } from './events.ts';
import type { SyncStatistics } from './statistics.ts';

/** How a cycle ended. */
export interface SyncResult {
  readonly statistics: SyncStatistics;
  /** The plan in the order it is carried out, without NO_ACTIONs. */
  readonly actions: readonly Action[];
  readonly conflicts: readonly Conflict[];
  readonly issues: readonly Issue[];
  readonly cancelled: boolean;
  /** Set when a safety guard stopped the run before anything was changed. */
  readonly stopped: { readonly code: 'guard/max-delete' | 'guard/emptied-root'; readonly message: string } | undefined;
}
