import { Cycle } from './cycle.ts';
import { type Environment, realEnvironment } from './environment.ts';
import type { ConcurrencyLimits, SyncConfig, SyncPair } from './pair.ts';
import { SyncPauseController } from './pause-controller.ts';
import { SyncProgressTracker } from './progress-tracker.ts';
import type { SyncResult } from './result.ts';

export interface SyncEngineOptions {
  readonly concurrencyLimits?: ConcurrencyLimits | undefined;
  readonly pauseController?: SyncPauseController | undefined;
  readonly progressTracker?: SyncProgressTracker | undefined;
  readonly environment?: Environment | undefined;
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
