import { EXIT } from '@cloudsync/engine';
import { type CheckProgress, type CheckReport, check, type Finding } from '@cloudsync/vault';
import type { VaultCheckFlags } from '../command-line/vault/vault-flags.ts';
import { formatCount, plural } from '../terminal/format.ts';
import { printable } from '../terminal/printable.ts';
import { shellWord } from '../terminal/shell-word.ts';
import type { Paint, Terminal } from '../terminal/terminal.ts';
import { VaultProgress } from './vault-progress.ts';
import { withVault } from './with-vault.ts';

const PATHS_SHOWN_MAX = 10;

/** `cloudsync vault check`. @returns the exit code: 1 when something is damaged */
export async function checkCommand(given: string, flags: VaultCheckFlags, terminal: Terminal): Promise<number> {
  return await withVault(given, { flags, terminal, damagedHead: 'step-back' }, async ({ vault, signal }) => {
    using progress = new VaultProgress(terminal, 'Checking');
    const report = await check(vault, { readData: flags.readData, signal, onProgress: (step) => progress.show(stepText(step)) });
    progress.stop();
    const damaged = report.findings.filter(({ harmless }) => !harmless);
    if (flags.json === true) terminal.out(JSON.stringify({ ok: damaged.length === 0, readData: flags.readData === true, ...report }));
    else tell(report, damaged.length, { given, terminal, readData: flags.readData === true });
    return damaged.length > 0 ? EXIT.pathsFailed : EXIT.inSync;
  });
}

function stepText({ what, done, total }: CheckProgress): string {
  return what === 'objects' ? 'small objects' : `${formatCount(done)}/${formatCount(total)} ${what === 'trees' ? 'versions' : what}`;
}

interface Told {
  readonly given: string;
  readonly terminal: Terminal;
  readonly readData: boolean;
}

function tell({ findings, snapshots, packs, files }: CheckReport, damaged: number, { given, terminal, readData }: Told): void {
  for (const finding of findings) for (const line of findingLines(finding, terminal.paintErr)) terminal.err(line);
  const checked = `Checked ${plural(snapshots, 'version')}, ${plural(files, 'different file')}, ${plural(packs, 'pack')}`;
  if (damaged === 0) {
    const advice = readData ? '' : ' (every byte: --read-data)';
    terminal.out(`${checked}: no damage${advice}`);
    return;
  }
  terminal.out(`${checked}: ${plural(damaged, 'object')} damaged`);
  terminal.err(`Keep what is undamaged with: cloudsync vault repair ${shellWord(given)}`);
}

function findingLines({ object, problem, harmless, affects }: Finding, paint: Paint): string[] {
  const head = harmless ? paint('dim', 'harmless') : paint('red', 'damaged ');
  const what = problem.startsWith(object) ? problem : `${object}: ${problem}`;
  const lines = [`${head}  ${printable(what)}`];
  const { snapshots, paths, morePaths } = affects;
  if (snapshots.length > 0) lines.push(`    in ${plural(snapshots.length, 'version')}: ${versionRange(snapshots)}`);
  for (const path of paths.slice(0, PATHS_SHOWN_MAX)) lines.push(`    ${printable(path)}`);
  const more = morePaths + Math.max(0, paths.length - PATHS_SHOWN_MAX);
  if (more > 0) lines.push(`    and ${plural(more, 'more path')}`);
  return lines;
}

function versionRange(sequences: readonly number[]): string {
  const [first, last] = [sequences[0], sequences.at(-1)];
  return first === last ? `@${first}` : `@${first} to @${last}`;
}
