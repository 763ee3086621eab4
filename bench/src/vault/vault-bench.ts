import { mkdirSync, readdirSync, statSync } from 'node:fs';
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
import { vaultScenarios } from './scenarios.ts';
import { type BackupTool, findBackupTools, type Places } from './tools.ts';

/** Goals of issue 3 for each row. */
const PEAK_BYTES_MAX = 300 * 2 ** 20;
const INSERT_STORED_BYTES_MAX = 300 * 2 ** 10;

const goals: Goals = (tool, row) => {
  if (row.id.endsWith('-first') || row.id.endsWith('-unchanged')) return tool.id === OURS ? undefined : 0.8;
  return tool.id === 'restic' ? 1 : undefined;
};

export const vaultBench = scenarioBench<BackupTool>({
  name: 'vault',
  about: 'backup into a vault and restore, beside restic, borg and casync',
  description: `Backs a folder up into an encrypted vault, and restores it, with CloudSync and with every tool that is installed
(restic, borg, casync: Debian's packages restic, borgbackup, casync).`,
  title: 'Vaults',
  checks: `Every tool backs the same folder up into a repository of its own on the same disk. Every restore goes into an empty folder and was
followed by a comparison with the source: names, content, permission bits, mtimes. "Stored anew" is by how much the repository grew, at most.`,
  findTools: findBackupTools,
  scenarios: vaultScenarios,
  runStep: backupRuns(),
  goals,
  otherGoals,
});

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
  discard(own);
  for (const folder of [places.repository, places.state]) mkdirSync(folder, { recursive: true });
  if (tool.init) await measure(tool.init(places), own);
}

async function restore(tool: BackupTool, places: Places, own: string): Promise<Measurement> {
  mkdirSync(places.restored);
  const measurement = await measure(tool.restore(places), own);
  const difference = treeDifference(places.source, tool.restoredTree?.(places) ?? places.restored);
  if (difference !== undefined) throw new Error(`${tool.title} did not restore what was backed up: ${difference}`);
  discard(places.restored);
  return measurement;
}

function bytesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

/** Goals that are not about time. */
async function otherGoals({ row, lines }: ScenarioReport): Promise<string | undefined> {
  const ours = lines.find((line) => line.tool.id === OURS);
  const verdicts: string[] = [];
  if (ours?.peakBytes !== undefined) verdicts.push(`peak memory under 300 MiB: ${reached(ours.peakBytes < PEAK_BYTES_MAX)}`);
  if (ours?.storedBytes !== undefined && row.id === 'big-inserted')
    verdicts.push(`less than 300 KiB of new data: ${reached(ours.storedBytes < INSERT_STORED_BYTES_MAX)}`);
  return verdicts.length === 0 ? undefined : `CloudSync’s other goals: ${verdicts.join('; ')}.`;
}

function reached(isReached: boolean): string {
  return isReached ? 'reached' : 'missed';
}
