import { type Counts, Tally } from '../simulation/tally.ts';

export class MergeTally extends Tally {
  cycles = 0;
  merged = 0;
  keptBoth = 0;
  deaths = 0;
  /** Disks that lost what the engine had written and not flushed. */
  powerCuts = 0;
  faults = 0;
  /** Runs that began with merges that an earlier one had not finished. */
  resumed = 0;

  get groups(): Readonly<Record<string, Readonly<Counts>>> {
    const { rounds, cycles, merged, keptBoth, deaths, powerCuts, faults, resumed } = this;
    return { totals: { rounds, cycles, merged, keptBoth, deaths, powerCuts, faults, resumed } };
  }
}
