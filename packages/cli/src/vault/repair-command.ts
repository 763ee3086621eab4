import { EXIT } from '@cloudsync/engine';
import { type RepairReport, repair } from '@cloudsync/vault';
import type { VaultDryRunFlags } from '../command-line/vault/vault-flags.ts';
import { formatCount, plural } from '../terminal/format.ts';
import { printable } from '../terminal/printable.ts';
import { shellWord } from '../terminal/shell-word.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { VaultProgress } from './vault-progress.ts';
import { withVault } from './with-vault.ts';

const PATHS_SHOWN_MAX = 20;

/** `cloudsync vault repair`. @returns the exit code: 1 when something is lost */
export async function repairCommand(given: string, flags: VaultDryRunFlags, terminal: Terminal): Promise<number> {
  const dryRun = flags.dryRun === true;
  return await withVault(given, { flags, terminal, damagedHead: 'step-back' }, async ({ open, vault, signal }) => {
    using progress = new VaultProgress(terminal, dryRun ? 'Looking' : 'Repairing');
    const onProgress = ({ what, done, total }: { what: string; done: number; total: number }): void =>
      progress.show(`${formatCount(done)}/${formatCount(total)} ${what}`);
    const report = await repair(vault, { author: open.author, dryRun, signal, onProgress });
    progress.stop();
    if (flags.json === true) terminal.out(JSON.stringify({ dryRun, ...report }));
    else tell(report, { given, dryRun, terminal });
    return report.lost.length + report.damagedVersions.length > 0 ? EXIT.pathsFailed : EXIT.inSync;
  });
}

interface Told {
  readonly given: string;
  readonly dryRun: boolean;
  readonly terminal: Terminal;
}

function tell(report: RepairReport, { given, dryRun, terminal }: Told): void {
  const { lost, damagedVersions, sequence, checked } = report;
  const would = dryRun ? 'would be ' : '';
  for (const line of mended(report, would)) terminal.out(line);
  for (const path of lost.slice(0, PATHS_SHOWN_MAX)) terminal.err(`${terminal.paintErr('red', 'lost')}     ${printable(path)}`);
  if (lost.length > PATHS_SHOWN_MAX) terminal.err(`         and ${plural(lost.length - PATHS_SHOWN_MAX, 'more path')}`);
  if (lost.length > 0) terminal.err('What is lost comes back with the next sync of a folder that still has it.');
  if (damagedVersions.length > 0) {
    const numbers = damagedVersions.map((version) => `@${version}`).join(', ');
    terminal.err(`Damaged versions: ${numbers}. Drop them with: cloudsync vault forget ${shellWord(given)} ${damagedVersions.join(' ')}`);
  }
  const looked = `${plural(checked.packs, 'pack')} and ${plural(checked.versions, 'version')} were read`;
  if (dryRun) terminal.out(`Dry run, nothing was changed: ${looked}${isSound(report) ? ', and all of it is sound' : ''}`);
  else if (sequence === undefined) terminal.out(`Nothing had to be repaired: ${looked}`);
  else terminal.out(`Repaired ${printable(given)}${lost.length > 0 ? `, without ${plural(lost.length, 'lost path')}` : ''}`);
}

/** Nothing to repair now, and nothing that a repair could not help either. */
function isSound({ unreadableCommits, unreadableIndexes, damagedPacks, lost, damagedVersions }: RepairReport): boolean {
  return [unreadableCommits, unreadableIndexes, damagedPacks, lost, damagedVersions].every(({ length }) => length === 0);
}

function mended({ unreadableCommits, unreadableIndexes, damagedPacks, adoptedPacks }: RepairReport, would: string): string[] {
  const lines: (string | false)[] = [
    unreadableCommits.length > 0 && `${plural(unreadableCommits.length, 'newest version')} cannot be read and ${would}left out`,
    unreadableIndexes.length > 0 && `${plural(unreadableIndexes.length, 'index object')} ${would}made anew`,
    damagedPacks.length > 0 && `${plural(damagedPacks.length, 'damaged pack')}: what can be read ${would}copied`,
    adoptedPacks > 0 && `${plural(adoptedPacks, 'pack')} ${would}taken up again`,
  ];
  return lines.filter((line) => line !== false);
}
