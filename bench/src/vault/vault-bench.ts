import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
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
import { vaultScenarios } from './scenarios.ts';
import { type BackupTool, findBackupTools, type Places } from './tools.ts';

const HELP = `npm run bench -- vault [options]

Backs a folder up into an encrypted vault, and restores it, with CloudSync and with every tool that is installed
(restic, borg, casync: Debian's packages restic, borgbackup, casync).

  --rows IDS    only these, comma-separated: big-first, big-unchanged, big-inserted, big-restore, small-first,
                small-unchanged, small-restore
  --tools IDS   CloudSync beside only these: restic, borg, casync
${OPTIONS_HELP}`;

const CHECKS = `Every tool backs the same folder up into a repository of its own on the same disk. Every restore goes into an empty folder and was
followed by a comparison with the source: names, content, permission bits, mtimes. "Stored anew" is by how much the repository grew, at most.`;

/** Goals of issue 3 for each row. */
const PEAK_BYTES_MAX = 300 * 2 ** 20;
const INSERT_STORED_BYTES_MAX = 300 * 2 ** 10;

export const vaultBench: Bench = {
  name: 'vault',
  about: 'backup into a vault and restore, beside restic, borg and casync',
  help: HELP,
  run: async (argv) => {
    const options = readOptions(argv, findBackupTools(), vaultScenarios);
    const text = await withScratch(options.dir, (scratch) => runAll(options, scratch));
    process.stdout.write(text);
    if (options.write) writeSection('vault', text);
  },
};

async function runAll(options: BenchOptions<BackupTool>, scratch: string): Promise<string> {
  const opening = introduce(options, { title: 'Vaults', name: 'vault', checks: CHECKS, scratch });
  const reports = await reportScenarios(vaultScenarios(options.scale), { ...options, scratch, runStep: backupRuns() });
  const rows = reports.map((report) => [formatRow(report, goals), ...otherGoals(report)].join('\n\n'));
  const overview = `### CloudSync’s time as a part of theirs\n\n${formatOverview(reports, options.tools, goals)}`;
  return `${[opening, overview, ...rows].join('\n\n')}\n`;
}

/** One backup, or one restore with a comparison of what was restored. Counts the backups of each tool. */
function backupRuns(): (tool: BackupTool, step: Step, folders: Folders) => Promise<Measurement> {
  const backups = new Map<string, number>();
  return async (tool, step, { source, own }) => {
    if (step.fresh) backups.set(own, 0);
    const made = backups.get(own) ?? 0;
    const places = placesIn(own, source, made);
    if (step.fresh) await startAfresh(tool, places, own);
    if (step.restores) return restore(tool, places, own);
    backups.set(own, made + 1);
    const before = bytesIn(places.repository);
    const measurement = await measure(tool.backup(places), own);
    return { ...measurement, storedBytes: bytesIn(places.repository) - before };
  };
}

function placesIn(own: string, source: string, backups: number): Places {
  return { source, repository: join(own, 'repository'), state: join(own, 'state'), restored: join(own, 'restored'), backups };
}

async function startAfresh(tool: BackupTool, places: Places, own: string): Promise<void> {
  rmSync(own, { recursive: true, force: true });
  for (const folder of [places.repository, places.state]) mkdirSync(folder, { recursive: true });
  if (tool.init) await measure(tool.init(places), own);
}

async function restore(tool: BackupTool, places: Places, own: string): Promise<Measurement> {
  mkdirSync(places.restored);
  const measurement = await measure(tool.restore(places), own);
  const difference = treeDifference(places.source, tool.restoredTree?.(places) ?? places.restored);
  if (difference !== undefined) throw new Error(`${tool.title} did not restore what was backed up: ${difference}`);
  rmSync(places.restored, { recursive: true });
  return measurement;
}

function bytesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

const goals: Goals = (tool, row) => {
  if (row.id.endsWith('-first') || row.id.endsWith('-unchanged')) return tool.id === OURS ? undefined : 0.8;
  return tool.id === 'restic' ? 1 : undefined;
};

/** Goals that are not about time. */
function otherGoals({ row, lines }: ScenarioReport): string[] {
  const ours = lines.find((line) => line.tool.id === OURS);
  const verdicts: string[] = [];
  if (ours?.peakBytes !== undefined) verdicts.push(`peak memory under 300 MiB: ${reached(ours.peakBytes < PEAK_BYTES_MAX)}`);
  if (ours?.storedBytes !== undefined && row.id === 'big-inserted')
    verdicts.push(`less than 300 KiB of new data: ${reached(ours.storedBytes < INSERT_STORED_BYTES_MAX)}`);
  return verdicts.length === 0 ? [] : [`CloudSync’s other goals: ${verdicts.join('; ')}.`];
}

function reached(isReached: boolean): string {
  return isReached ? 'reached' : 'missed';
}
