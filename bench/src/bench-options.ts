import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Contestant, OURS } from './contestant.ts';
import type { Row, Scenario } from './scenario.ts';

/** What can be chosen for a bench that runs scenarios. */
export interface BenchOptions<Tool extends Contestant> {
  readonly tools: readonly Tool[];
  readonly rows: ReadonlySet<string>;
  readonly repetitions: number;
  /** Where trees are made. */
  readonly dir: string;
  readonly scale: number;
  readonly write: boolean;
}

/** The part of a help text about the options, after `--rows` and `--tools` with their ids. */
export const OPTIONS_HELP = `  --reps N      repetitions, 3 when not given
  --dir DIR     where the trees are made, on the disk to measure; the system's temporary folder when not given
  --scale X     shrink the trees, for a quick look; the results then mean little
  --write       put the results into bench/RESULTS.md
`;

/** @throws RangeError for a value that makes no sense */
export function readOptions<Tool extends Contestant>(
  argv: readonly string[],
  installed: readonly Tool[],
  scenarios: (scale: number) => readonly Scenario[],
): BenchOptions<Tool> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      rows: { type: 'string' },
      tools: { type: 'string' },
      reps: { type: 'string', default: '3' },
      dir: { type: 'string', default: tmpdir() },
      scale: { type: 'string', default: '1' },
      write: { type: 'boolean', default: false },
    },
  });
  const scale = positive(values.scale, '--scale');
  const others = installed.filter((tool) => tool.id !== OURS);
  return {
    rows: new Set(chosen(values.rows, scenarios(scale).flatMap(rowsOf), '--rows').map((row) => row.id)),
    tools: [...installed.filter((tool) => tool.id === OURS), ...chosen(values.tools, others, '--tools')],
    repetitions: positive(values.reps, '--reps'),
    dir: resolve(values.dir),
    scale,
    write: values.write,
  };
}

export function rowsOf(scenario: Scenario): Row[] {
  return scenario.steps.flatMap((step) => step.row ?? []);
}

function positive(text: string, option: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new RangeError(`${option} takes a number above 0, not ${JSON.stringify(text)}`);
  return value;
}

function chosen<Item extends { readonly id: string }>(ids: string | undefined, from: readonly Item[], option: string): readonly Item[] {
  if (ids === undefined) return from;
  return ids
    .split(',')
    .filter(Boolean)
    .map((id) => {
      const found = from.find((item) => item.id === id);
      if (found === undefined) throw new RangeError(`${option}: ${id} is not one of ${from.map((item) => item.id).join(', ')} here`);
      return found;
    });
}

/** Gives `work` an empty folder in `dir`, and removes it afterwards, after Ctrl-C as well. */
export async function withScratch<Result>(dir: string, work: (scratch: string) => Promise<Result>): Promise<Result> {
  const scratch = mkdtempSync(join(dir, 'cloudsync-bench-'));
  const removeScratch = (): void => rmSync(scratch, { recursive: true, force: true });
  const stop = (): void => {
    removeScratch();
    process.exit(130);
  };
  process.once('SIGINT', stop);
  try {
    return await work(scratch);
  } finally {
    process.off('SIGINT', stop);
    removeScratch();
  }
}
