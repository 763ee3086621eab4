import type { PairsFlags } from '../command-line/flags.ts';
import { stateHome, surroundings } from '../device/state-home.ts';
import type { ConflictSide, LastRun } from '../pair/last-run.ts';
import { formatBytes, formatTime, plural } from '../terminal/format.ts';
import { printable } from '../terminal/printable.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { pairsOfRequest } from './pairs-of-request.ts';

export interface ConflictsInput {
  readonly source: string | undefined;
  readonly destination: string | undefined;
  readonly flags: PairsFlags;
  readonly terminal: Terminal;
}

/** `cloudsync conflicts`: what is left to decide, as the last runs saw it. @returns the exit code */
export async function conflictsCommand({ source, destination, flags, terminal }: ConflictsInput): Promise<number> {
  const around = surroundings();
  const runs = await pairsOfRequest({ source, destination, stateHome: stateHome(flags.stateDir, around), cwd: around.cwd });
  const conflicts = runs.flatMap(({ source, destination, conflicts }) =>
    conflicts.map((conflict) => ({ pair: { source, destination }, ...conflict })),
  );
  if (flags.json === true) terminal.out(JSON.stringify(conflicts, null, 2));
  else if (conflicts.length === 0) terminal.out('No conflicts are left.');
  else for (const line of runs.flatMap((run) => conflictLines(run, terminal))) terminal.out(line);
  return 0;
}

function conflictLines(run: LastRun, { paintOut }: Terminal): string[] {
  if (run.conflicts.length === 0) return [];
  return [
    paintOut('bold', `${printable(run.source)} ↔ ${printable(run.destination)}`),
    ...run.conflicts.flatMap((conflict) => [
      `  ${paintOut('yellow', printable(conflict.path))}`,
      `    source:      ${sideText(conflict.source)}`,
      `    destination: ${sideText(conflict.destination)}`,
    ]),
    `${plural(run.conflicts.length, 'conflict')}. Decide with: cloudsync resolve-conflicts`,
  ];
}

/** `3.4 KiB, changed 2026-11-21 09:05:00`. */
export function sideText(side: ConflictSide | undefined): string {
  if (side === undefined) return 'deleted';
  const what = side.kind === 'file' ? formatBytes(side.size) : side.kind;
  return `${what}, changed ${formatTime(side.mtimeMs)}`;
}
