import type { RunOutcome } from './vault-cycle.ts';

/** How often everything happened, so that a clean run can be told from one in which nothing happened. */
export class VaultTally {
  rounds = 0;
  acts = 0;
  runs = 0;
  /** Runs that had another beside them. */
  runsBesideOthers = 0;
  deaths = 0;
  powerCuts = 0;
  prunes = 0;
  steps = 0;
  roundsOfOneUser = 0;
  readonly actions: Record<string, number> = {};
  readonly conflicts: Record<string, number> = {};
  readonly errors: Record<string, number> = {};

  count({ result, error, died, steps }: RunOutcome): void {
    this.runs++;
    this.steps += steps;
    if (died) this.deaths++;
    if (error !== undefined) add(this.errors, error.code);
    for (const { code } of result?.issues ?? []) add(this.errors, code);
    for (const { type } of result?.actions ?? []) add(this.actions, type);
    for (const { kind } of result?.conflicts ?? []) add(this.conflicts, kind);
  }

  /** A table for people. */
  get report(): string {
    const { actions, conflicts, errors, ...totals } = this;
    const rows = Object.entries({ totals, actions, conflicts, errors });
    return rows.map(([title, counts]) => `${title}:\n${table(counts as Record<string, number>)}`).join('\n');
  }
}

function add(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}

function table(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([key, times]) => `  ${String(times).padStart(9)}  ${key}`)
    .join('\n');
}
