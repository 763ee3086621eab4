import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Measurement, measure } from './measure.ts';
import { findProgram, outputOf } from './programs.ts';
import type { Scenario, Step } from './scenarios.ts';
import type { Places, Tool } from './tools.ts';
import { treeDifference } from './tree-difference.ts';

/** Measurements of one row: for each tool one a repetition, in the same order. */
export type RowResults = Map<Tool, Measurement[]>;

export interface RunOptions {
  readonly tools: readonly Tool[];
  readonly rows: ReadonlySet<string>;
  readonly repetitions: number;
  /** An empty folder; holds the trees while the scenario runs. */
  readonly scratch: string;
  readonly say: (line: string) => void;
}

/**
 * Runs the tools in turn (A B C, A B C …) through the steps of a scenario, all on the same source tree, each with a second
 * folder of its own.
 * @returns results by row id
 * @throws Error when a tool fails or leaves the two folders different: such a time would mean nothing
 */
export async function runScenario(scenario: Scenario, options: RunOptions): Promise<Map<string, RowResults>> {
  const measured = (step: Step): boolean => step.row !== undefined && options.rows.has(step.row.id);
  const results = new Map<string, RowResults>();
  if (!scenario.steps.some(measured)) return results;
  const source = join(options.scratch, 'source');
  options.say(`making ${scenario.tree}`);
  scenario.make(source);
  for (let repetition = 1; repetition <= options.repetitions; repetition++) {
    for (const step of scenario.steps) {
      if (repetition > 1 && step.fresh && !measured(step)) continue;
      step.change?.(source);
      for (const tool of options.tools) {
        if (tool.writesOnly && !scenario.steps.some((each) => each.writes && measured(each))) continue;
        if (tool.writesOnly && !step.writes) continue;
        const measurement = await runStep(tool, step, { scratch: options.scratch, source });
        const name = step.row?.title ?? `${scenario.tree}, setting the stage`;
        options.say(`${repetition}/${options.repetitions} ${name}: ${tool.title} ${measurement.seconds.toFixed(3)} s`);
        if (step.row && measured(step)) keep(results, step.row.id, tool, measurement);
      }
    }
  }
  return results;
}

async function runStep(tool: Tool, step: Step, { scratch, source }: { scratch: string; source: string }): Promise<Measurement> {
  const own = join(scratch, tool.id);
  const places: Places = { source, destination: join(own, 'destination'), state: join(own, 'state'), first: step.fresh ?? false };
  if (places.first) {
    rmSync(own, { recursive: true, force: true });
    mkdirSync(places.destination, { recursive: true });
    mkdirSync(places.state);
  }
  settleDisk();
  const measurement = await measure(tool.command(places), own);
  const difference = treeDifference(source, places.destination);
  if (difference !== undefined) throw new Error(`${tool.title} did not make the folders equal: ${difference}`);
  return measurement;
}

/** What earlier runs left unwritten must not be paid for by the next tool that flushes. */
function settleDisk(): void {
  const sync = findProgram('sync');
  if (sync !== undefined) outputOf(sync);
}

function keep(results: Map<string, RowResults>, row: string, tool: Tool, measurement: Measurement): void {
  const ofRow = results.get(row) ?? new Map<Tool, Measurement[]>();
  results.set(row, ofRow);
  const ofTool = ofRow.get(tool) ?? [];
  ofRow.set(tool, ofTool);
  ofTool.push(measurement);
}
