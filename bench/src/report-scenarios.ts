import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { type BenchOptions, rowsOf } from './bench-options.ts';
import type { Contestant } from './contestant.ts';
import { discard } from './discard.ts';
import { type RowReport, reportRow } from './report.ts';
import { type RunOptions, runScenario } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';

export interface ScenarioReport extends RowReport {
  readonly scenario: Scenario;
}

/** Runs scenarios one after the other, each in a folder of its own, and reports the rows that were asked for. */
export async function reportScenarios<Tool extends Contestant>(
  scenarios: readonly Scenario[],
  options: BenchOptions<Tool> & { readonly scratch: string; readonly runStep: RunOptions<Tool>['runStep'] },
): Promise<ScenarioReport[]> {
  const reports: ScenarioReport[] = [];
  for (const scenario of scenarios) {
    const folder = mkdtempSync(join(options.scratch, 'scenario-'));
    const results = await runScenario(scenario, { ...options, scratch: folder, say: (line) => process.stderr.write(`${line}\n`) });
    for (const row of rowsOf(scenario)) {
      const ofRow = results.get(row.id);
      if (ofRow !== undefined) reports.push({ scenario, ...reportRow(row, ofRow) });
    }
    discard(folder);
  }
  return reports;
}
