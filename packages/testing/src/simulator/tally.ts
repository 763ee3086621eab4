import type { ActionType, Conflict } from '@cloudsync/engine';
import { type FaultKind, type Faults, noFaults } from '../strict-storage/faults.ts';
import type { Process } from '../strict-storage/process.ts';

/** How often everything happened, so that a clean run can be told from a run in which nothing happened. */
export class Tally {
  rounds = 0;
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
  readonly actions: Partial<Record<ActionType, number>> = {};
  readonly conflicts: Record<string, number> = {};
  readonly acts: Record<string, number> = {};
  readonly scenarios: Record<string, number> = {};

  countAction(type: ActionType): void {
    this.actions[type] = (this.actions[type] ?? 0) + 1;
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
    for (const [name, times] of Object.entries(acts)) this.acts[name] = (this.acts[name] ?? 0) + times;
  }

  countScenario(name: string): void {
    count(this.scenarios, name);
  }

  /** A table for people. */
  get report(): string {
    const rows: [string, Readonly<Record<string, number>>][] = [
      ['faults', this.faults],
      [
        'ends',
        {
          deaths: this.deaths,
          'power cuts': this.powerCuts,
          'changes lost to power cuts': this.lostChanges,
          'contents lost to power cuts before any sync': this.lostToPowerCuts,
          cancels: this.cancels,
          'guard stops': this.guardStops,
          'other disks': this.otherDisks,
          'damaged states': this.damagedStates,
        },
      ],
      ['actions', this.actions as Record<string, number>],
      ['conflicts', this.conflicts],
      ['user acts', this.acts],
      ['scenarios', this.scenarios],
      ['totals', { cycles: this.cycles, steps: this.steps, 'acts that must arrive': this.certainIntents }],
    ];
    return rows.map(([title, counts]) => `${title}:\n${table(counts)}`).join('\n');
  }
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}

function table(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([key, times]) => `  ${String(times).padStart(9)}  ${key}`)
    .join('\n');
}
