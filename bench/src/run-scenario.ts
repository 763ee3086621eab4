import { join } from 'node:path';
import type { Contestant } from './contestant.ts';
import type { Measurement } from './measure.ts';
import { findProgram, outputOf } from './programs.ts';
import type { Scenario, Step } from './scenario.ts';

/** Measurements of one row: for each tool one a repetition, in the same order. */
export type RowResults<Tool extends Contestant = Contestant> = Map<Tool, Measurement[]>;

export interface RunOptions<Tool extends Contestant> {
  readonly tools: readonly Tool[];
  readonly rows: ReadonlySet<string>;
  readonly repetitions: number;
  /** An empty folder; holds the trees while the scenario runs. */
  readonly scratch: string;
  readonly say: (line: string) => void;
  /** Lets one tool do one step, and checks that it was done. */
  readonly runStep: (tool: Tool, step: Step, folders: Folders) => Promise<Measurement>;
}

export interface Folders {
  /** The tree that all tools work on. */
  readonly source: string;
  /** Everything else that this tool has; its caller makes it. */
  readonly own: string;
}

/**
 * Runs the tools in turn (A B C, A B C …) through the steps of a scenario, all on the same source tree.
 * @returns results by row id
 * @throws Error when a tool fails or does not do its job: such a time would mean nothing
 */
export async function runScenario<Tool extends Contestant>(
  scenario: Scenario,
  options: RunOptions<Tool>,
): Promise<Map<string, RowResults<Tool>>> {
  const measured = (step: Step): boolean => step.row !== undefined && options.rows.has(step.row.id);
  const results = new Map<string, RowResults<Tool>>();
  const steps = scenario.steps.slice(0, scenario.steps.findLastIndex(measured) + 1);
  if (steps.length === 0) return results;
  const source = join(options.scratch, 'source');
  options.say(`making ${scenario.tree}`);
  scenario.make(source);
  for (let repetition = 1; repetition <= options.repetitions; repetition++) {
    for (const step of steps) {
      if (!measured(step) && (step.restores || (repetition > 1 && step.fresh))) continue;
      step.change?.(source);
      for (const tool of options.tools) {
        if (tool.writesOnly && !scenario.steps.some((each) => each.writes && measured(each))) continue;
        if (tool.writesOnly && !step.writes) continue;
        settleDisk();
        const measurement = await options.runStep(tool, step, { source, own: join(options.scratch, tool.id) });
        const name = step.row?.title ?? `${scenario.tree}, setting the stage`;
        options.say(`${repetition}/${options.repetitions} ${name}: ${tool.title} ${measurement.seconds.toFixed(3)} s`);
        if (step.row && measured(step)) keep(results, step.row.id, tool, measurement);
      }
    }
  }
  return results;
}

/** What earlier runs left unwritten must not be paid for by the next tool that flushes. */
function settleDisk(): void {
  const sync = findProgram('sync');
  if (sync !== undefined) outputOf(sync);
}

function keep<Tool extends Contestant>(results: Map<string, RowResults<Tool>>, row: string, tool: Tool, measurement: Measurement): void {
  const ofRow: RowResults<Tool> = results.get(row) ?? new Map<Tool, Measurement[]>();
  results.set(row, ofRow);
  const ofTool = ofRow.get(tool) ?? [];
  ofRow.set(tool, ofTool);
  ofTool.push(measurement);
}
