import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from '../bench.ts';
import { type BenchOptions, OPTIONS_HELP, readOptions, withScratch } from '../bench-options.ts';
import { OURS } from '../contestant.ts';
import { introduce } from '../introduction.ts';
import { type Measurement, measure } from '../measure.ts';
import { formatOverview, formatRow, type Goals } from '../report.ts';
import { reportScenarios, type ScenarioReport } from '../report-scenarios.ts';
import { writeSection } from '../results-file.ts';
import type { Folders } from '../run-scenario.ts';
import type { Step } from '../scenario.ts';
import { treeDifference } from '../tree-difference.ts';
import { localScenarios } from './scenarios.ts';
import { findSyncTools, type Places, type SyncTool } from './tools.ts';

const HELP = `npm run bench -- local [options]

Keeps two local folders the same with CloudSync and with every tool that is installed (rsync, unison, rclone).

  --rows IDS    only these, comma-separated: small-first, small-unchanged, small-changed, big-first, big-unchanged,
                big-inserted, many-unchanged
  --tools IDS   CloudSync beside only these: rsync, rsync-fsync, unison, rclone-sync, rclone-bisync
${OPTIONS_HELP}`;

export const localBench: Bench = {
  name: 'local',
  about: 'two local folders, beside rsync, unison and rclone',
  help: HELP,
  run: async (argv) => {
    const options = readOptions(argv, findSyncTools(), localScenarios);
    const text = await withScratch(options.dir, (scratch) => runAll(options, scratch));
    process.stdout.write(text);
    if (options.write) writeSection('local', text);
  },
};

async function runAll(options: BenchOptions<SyncTool>, scratch: string): Promise<string> {
  const opening = introduce(options, {
    title: 'Two local folders',
    name: 'local',
    checks: 'Every run was followed by a comparison of the two folders: names, content, permission bits, mtimes.',
    scratch,
  });
  const emptyNode = await measure({ argv: [process.execPath, '--eval', ''] }, scratch);
  const reports = await reportScenarios(localScenarios(options.scale), { ...options, scratch, runStep });
  const rows = reports.map((report) => formatRow(report, goals) + memoryPerFile(report, emptyNode.peakBytes));
  const overview = `### CloudSync’s time as a part of theirs\n\n${formatOverview(reports, options.tools, goals)}`;
  return `${[opening, overview, ...rows].join('\n\n')}\n`;
}

/** One sync, and a comparison of the two folders. */
async function runStep(tool: SyncTool, step: Step, { source, own }: Folders): Promise<Measurement> {
  const places: Places = { source, destination: join(own, 'destination'), state: join(own, 'state'), first: step.fresh ?? false };
  if (places.first) {
    rmSync(own, { recursive: true, force: true });
    mkdirSync(places.destination, { recursive: true });
    mkdirSync(places.state);
  }
  const measurement = await measure(tool.command(places), own);
  const difference = treeDifference(source, places.destination);
  if (difference !== undefined) throw new Error(`${tool.title} did not make the folders equal: ${difference}`);
  return measurement;
}

/** The goals of issue 2. */
export const goals: Goals = (tool, row) => {
  if (tool.id === 'unison' || tool.id === 'rclone-bisync') return 0.5;
  if (tool.id === 'rsync' && row.id.endsWith('-first')) return 1;
  if (tool.id === 'rsync' && row.id.endsWith('-unchanged')) return 1.5;
  return undefined;
};

/** The goal of issue 2 for the big tree: under 500 bytes a file above an empty Node process. */
function memoryPerFile({ row, lines, scenario }: ScenarioReport, emptyNodeBytes: number | undefined): string {
  const ours = lines.find((line) => line.tool.id === OURS)?.peakBytes;
  if (row.id !== 'many-unchanged' || ours === undefined || emptyNodeBytes === undefined) return '';
  const bytes = (ours - emptyNodeBytes) / scenario.files;
  return `\n\nCloudSync above an empty Node process (${(emptyNodeBytes / 1e6).toFixed(0)} MB): ${bytes.toFixed(0)} bytes of memory a file; goal under 500: ${bytes < 500 ? 'reached' : 'missed'}.`;
}
