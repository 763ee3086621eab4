import type { Action, Conflict } from '../plan/action.ts';
import type { Issue, SyncProgressEvent } from './events.ts';
import type { ConcurrencyLimits, SyncConfig, SyncPair } from './pair.ts';
import type { SyncPauseController } from './pause-controller.ts';
import type { SyncProgressTracker } from './progress-tracker.ts';
import type { SyncStatistics } from './statistics.ts';

/** What the engine takes from the outside world, so that the simulator can own it. */
export interface Environment {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Resolves after `ms`, or rejects when the signal fires. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
}

export interface SyncEngineOptions {
  readonly concurrencyLimits?: ConcurrencyLimits | undefined;
  readonly pauseController?: SyncPauseController | undefined;
  readonly progressTracker?: SyncProgressTracker | undefined;
  readonly environment?: Environment | undefined;
}

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

export type { SyncConfig, SyncPair, SyncProgressEvent };
