import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { OURS } from '../contestant.ts';
import { discard } from '../discard.ts';
import { type Measurement, measure } from '../measure.ts';
import type { Goals } from '../report.ts';
import type { ScenarioReport } from '../report-scenarios.ts';
import type { Folders } from '../run-scenario.ts';
import type { Step } from '../scenario.ts';
import { scenarioBench } from '../scenario-bench.ts';
import { treeDifference } from '../tree-difference.ts';
import { localScenarios } from './scenarios.ts';
import { findSyncTools, type Places, type SyncTool } from './tools.ts';

/** The goals of issue 2. */
export const goals: Goals = (tool, row) => {
  if (tool.id === 'unison' || tool.id === 'rclone-bisync') return 0.5;
  if (tool.id === 'rsync' && row.id.endsWith('-first')) return 1;
  if (tool.id === 'rsync' && row.id.endsWith('-unchanged')) return 1.5;
  return undefined;
};

export const localBench = scenarioBench<SyncTool>({
  name: 'local',
  about: 'two local folders, beside rsync, unison and rclone',
  description: 'Keeps two local folders the same with CloudSync and with every tool that is installed (rsync, unison, rclone).',
  title: 'Two local folders',
  checks: 'Every run was followed by a comparison of the two folders: names, content, permission bits, mtimes.',
  findTools: findSyncTools,
  scenarios: localScenarios,
  runStep,
  goals,
  otherGoals: memoryPerFile,
});

/** One sync, and a comparison of the two folders. */
async function runStep(tool: SyncTool, step: Step, { source, own }: Folders): Promise<Measurement> {
  const places: Places = { source, destination: join(own, 'destination'), state: join(own, 'state'), first: step.fresh ?? false };
  if (places.first) {
    discard(own);
    mkdirSync(places.destination, { recursive: true });
    mkdirSync(places.state);
  }
  const measurement = await measure(tool.command(places), own);
  const difference = treeDifference(source, places.destination);
  if (difference !== undefined) throw new Error(`${tool.title} did not make the folders equal: ${difference}`);
  return measurement;
}

/** The goal of issue 2 for the big tree: under 500 bytes a file above an empty Node process. */
async function memoryPerFile({ row, lines, scenario }: ScenarioReport, scratch: string): Promise<string | undefined> {
  const ours = lines.find((line) => line.tool.id === OURS)?.peakBytes;
  if (row.id !== 'many-unchanged' || ours === undefined) return undefined;
  const { peakBytes: empty } = await measure({ argv: [process.execPath, '--eval', ''] }, scratch);
  if (empty === undefined) return undefined;
  const bytes = (ours - empty) / scenario.files;
  return `CloudSync above an empty Node process (${(empty / 1e6).toFixed(0)} MB): ${bytes.toFixed(0)} bytes of memory a file; goal under 500: ${bytes < 500 ? 'reached' : 'missed'}.`;
}
