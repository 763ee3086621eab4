import type { SyncResult } from '@cloudsync/engine';
import { type Counts, count, Tally } from '../simulation/tally.ts';

export class LiveTally extends Tally {
  acts = 0;
  cycles = 0;
  /** Cycles that looked at a few paths only, as a watcher tells. */
  partialCycles = 0;
  frames = 0;
  frameBytes = 0;
  connections = 0;
  /** Commits of which the device got the answer. */
  acknowledged = 0;
  /** What devices asked, by method. */
  readonly requests: Counts = {};
  readonly troubles: Counts = {};
  readonly actions: Counts = {};
  readonly conflicts: Counts = {};
  readonly errors: Counts = {};

  countCycle(result: SyncResult | undefined, errorCode: string | undefined): void {
    this.cycles++;
    if (errorCode !== undefined) count(this.errors, errorCode);
    for (const { code } of result?.issues ?? []) count(this.errors, code);
    for (const { type } of result?.actions ?? []) count(this.actions, type);
    for (const { kind } of result?.conflicts ?? []) count(this.conflicts, kind);
  }

  countTrouble(what: string): void {
    count(this.troubles, what);
  }

  get groups(): Readonly<Record<string, Readonly<Counts>>> {
    const { rounds, acts, cycles, partialCycles, connections, frames, frameBytes, acknowledged } = this;
    return {
      totals: { rounds, acts, cycles, partialCycles, connections, frames, frameBytes, acknowledged },
      requests: this.requests,
      troubles: this.troubles,
      actions: this.actions,
      conflicts: this.conflicts,
      errors: this.errors,
    };
  }
}
