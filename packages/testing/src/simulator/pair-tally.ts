import type { ActionType, Conflict } from '@cloudsync/engine';
import { type Counts, count, Tally } from '../simulation/tally.ts';
import { type FaultKind, type Faults, noFaults } from '../strict-storage/faults.ts';
import type { Process } from '../strict-storage/process.ts';

export class PairTally extends Tally {
  cycles = 0;
  steps = 0;
  deaths = 0;
  powerCuts = 0;
  lostChanges = 0;
  lostToPowerCuts = 0;
  cancels = 0;
  guardStops = 0;
  otherDisks = 0;
  damagedStates = 0;
  certainIntents = 0;
  readonly faults: Record<FaultKind, number> = noFaults();
  readonly actions: Counts = {};
  readonly conflicts: Counts = {};
  readonly acts: Counts = {};
  readonly scenarios: Counts = {};

  countAction(type: ActionType): void {
    count(this.actions, type);
  }

  countCycle({
    faults,
    process,
    conflicts,
    cancelled,
  }: {
    faults: readonly Faults[];
    process: Process;
    conflicts: readonly Conflict[];
    cancelled: boolean;
  }): void {
    this.cycles++;
    this.steps += process.steps;
    if (process.dead) this.deaths++;
    if (cancelled) this.cancels++;
    for (const { counts } of faults) for (const kind of Object.keys(counts) as FaultKind[]) this.faults[kind] += counts[kind];
    for (const { kind, outcome } of conflicts) count(this.conflicts, `${kind} → ${outcome}`);
  }

  countActs(acts: Readonly<Record<string, number>>): void {
    for (const [name, times] of Object.entries(acts)) count(this.acts, name, times);
  }

  countScenario(name: string): void {
    count(this.scenarios, name);
  }

  get groups(): Readonly<Record<string, Readonly<Counts>>> {
    return {
      faults: this.faults,
      ends: {
        deaths: this.deaths,
        'power cuts': this.powerCuts,
        'changes lost to power cuts': this.lostChanges,
        'contents lost to power cuts before any sync': this.lostToPowerCuts,
        cancels: this.cancels,
        'guard stops': this.guardStops,
        'other disks': this.otherDisks,
        'damaged states': this.damagedStates,
      },
      actions: this.actions,
      conflicts: this.conflicts,
      'user acts': this.acts,
      scenarios: this.scenarios,
      totals: { cycles: this.cycles, steps: this.steps, 'acts that must arrive': this.certainIntents },
    };
  }
}
