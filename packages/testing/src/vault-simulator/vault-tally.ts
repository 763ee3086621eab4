import { type Counts, count, Tally } from '../simulation/tally.ts';
import type { RunOutcome } from './vault-cycle.ts';

export class VaultTally extends Tally {
  acts = 0;
  runs = 0;
  /** Runs that had another beside them. */
  runsBesideOthers = 0;
  deaths = 0;
  powerCuts = 0;
  prunes = 0;
  steps = 0;
  roundsOfOneUser = 0;
  readonly actions: Counts = {};
  readonly conflicts: Counts = {};
  readonly errors: Counts = {};

  countRun({ result, error, died, steps }: RunOutcome): void {
    this.runs++;
    this.steps += steps;
    if (died) this.deaths++;
    if (error !== undefined) count(this.errors, error.code);
    for (const { code } of result?.issues ?? []) count(this.errors, code);
    for (const { type } of result?.actions ?? []) count(this.actions, type);
    for (const { kind } of result?.conflicts ?? []) count(this.conflicts, kind);
  }

  get groups(): Readonly<Record<string, Readonly<Counts>>> {
    const { rounds, acts, runs, runsBesideOthers, deaths, powerCuts, prunes, steps, roundsOfOneUser } = this;
    return {
      totals: { rounds, acts, runs, runsBesideOthers, deaths, powerCuts, prunes, steps, roundsOfOneUser },
      actions: this.actions,
      conflicts: this.conflicts,
      errors: this.errors,
    };
  }
}
