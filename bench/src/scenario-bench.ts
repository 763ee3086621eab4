import type { Bench } from './bench.ts';
import { type BenchOptions, OPTIONS_HELP, readOptions, rowsOf, withScratch } from './bench-options.ts';
import { type Contestant, OURS } from './contestant.ts';
import { introduce } from './introduction.ts';
import { formatOverview, formatRow, type Goals } from './report.ts';
import { reportScenarios, type ScenarioReport } from './report-scenarios.ts';
import { writeSection } from './results-file.ts';
import type { RunOptions } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';

/** What benches that let tools run scenarios side by side differ in. */
export interface ScenarioBench<Tool extends Contestant> extends Pick<Bench, 'name' | 'about'> {
  /** The paragraph of the help text above the options. */
  readonly description: string;
  /** Of its section of the results. */
  readonly title: string;
  /** What is done to make sure that the times mean something, for the reader of the results. */
  readonly checks: string;
  /** Every tool that is installed here, CloudSync first. */
  findTools(): Tool[];
  /** `scale` shrinks everything for a quick look; 1 is what the results are about. */
  scenarios(scale: number): readonly Scenario[];
  readonly runStep: RunOptions<Tool>['runStep'];
  readonly goals: Goals;
  /** What else was asked of a row, as text below its table; undefined for most. */
  otherGoals?(report: ScenarioReport, scratch: string): Promise<string | undefined>;
}

/** The bench of it: reads options, runs the scenarios, prints the tables and writes them into the results. */
export function scenarioBench<Tool extends Contestant>(bench: ScenarioBench<Tool>): Bench {
  return {
    name: bench.name,
    about: bench.about,
    help: () => helpOf(bench),
    run: async (argv) => {
      const options = readOptions(argv, bench.findTools(), bench.scenarios);
      const text = await withScratch(options.dir, (scratch) => runAll(bench, options, scratch));
      process.stdout.write(text);
      if (options.write) writeSection(bench.name, text);
    },
  };
}

function helpOf<Tool extends Contestant>({ name, description, findTools, scenarios }: ScenarioBench<Tool>): string {
  const rows = scenarios(1).flatMap(rowsOf);
  const others = findTools().filter((tool) => tool.id !== OURS);
  return `npm run bench -- ${name} [options]

${description}

  --rows IDS    only these, comma-separated: ${idsOf(rows)}
  --tools IDS   CloudSync beside only these of the tools found here: ${idsOf(others) || 'none'}
${OPTIONS_HELP}`;
}

function idsOf(items: readonly { readonly id: string }[]): string {
  return items.map((item) => item.id).join(', ');
}

async function runAll<Tool extends Contestant>(bench: ScenarioBench<Tool>, options: BenchOptions<Tool>, scratch: string): Promise<string> {
  const { scenarios, runStep, goals } = bench;
  const opening = introduce(options, bench, scratch);
  const reports = await reportScenarios(scenarios(options.scale), { ...options, scratch, runStep });
  const rows: string[] = [];
  for (const report of reports) {
    const below = await bench.otherGoals?.(report, scratch);
    rows.push(formatRow(report, goals), ...(below === undefined ? [] : [below]));
  }
  const overview = `### CloudSync’s time as a part of theirs\n\n${formatOverview(reports, options.tools, goals)}`;
  return `${[opening, overview, ...rows].join('\n\n')}\n`;
}
