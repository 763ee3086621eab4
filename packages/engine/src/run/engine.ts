import type { Action, Conflict } from '../plan/action.ts';
import { Cycle } from './cycle.ts';
import { realEnvironment } from './environment.ts';
import type { Issue } from './events.ts';
import type { ConcurrencyLimits, SyncConfig, SyncPair } from './pair.ts';
import { SyncPauseController } from './pause-controller.ts';
import { SyncProgressTracker } from './progress-tracker.ts';
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

/**
 * Runs sync cycles: scan both sides, compare with the last state, plan, carry out, commit.
 *
 * @example
 * const engine = new SyncEngine({ progressTracker: new SyncProgressTracker(console.log) });
 * const { statistics } = await engine.syncPair({ source, destination, state });
 */
export class SyncEngine {
  readonly #options: SyncEngineOptions;

  constructor(options: SyncEngineOptions = {}) {
    this.#options = options;
  }

  /**
   * One cycle. Conflicts, guards and per-path failures are in the result.
   * @throws SyncError for what stops a run before it begins: `storage/root-missing`, `storage/root-not-folder` …
   */
  syncPair(pair: SyncPair, config: SyncConfig = {}): Promise<SyncResult> {
    const { concurrencyLimits, pauseController, progressTracker, environment } = this.#options;
    const cycle = new Cycle(pair, config, {
      transfers: atLeastOne(concurrencyLimits?.transfers ?? 5),
      operations: atLeastOne(concurrencyLimits?.operations ?? 10),
      pause: pauseController ?? new SyncPauseController(),
      tracker: progressTracker ?? new SyncProgressTracker(),
      environment: environment ?? realEnvironment,
    });
    return cycle.run();
  }
}

function atLeastOne(count: number): number {
  return Math.max(1, Math.floor(count));
}
