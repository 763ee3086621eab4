import { EXIT, SyncError } from '@cloudsync/engine';
import { type ForgetReport, forget, forgetVersions, type RetentionPolicy } from '@cloudsync/vault';
import type { VaultForgetFlags } from '../command-line/vault/vault-flags.ts';
import { parseCount } from '../options/count.ts';
import { formatTime, plural } from '../terminal/format.ts';
import { shellWord } from '../terminal/shell-word.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { versionName } from './snapshot-text.ts';
import { withVault } from './with-vault.ts';

interface Asked {
  readonly flags: VaultForgetFlags;
  readonly terminal: Terminal;
}

/** `cloudsync vault forget`: versions by rules, or by their numbers. @returns the exit code */
export async function forgetCommand(given: string, versions: readonly string[], { flags, terminal }: Asked): Promise<number> {
  const policy = policyOf(flags);
  const named = versions.map(parseNumber);
  const isByRules = Object.values(policy).some((count) => count !== undefined);
  if (isByRules && named.length > 0) throw new SyncError('config/invalid', 'name versions to drop, or say which to keep, not both');
  if (!isByRules && named.length === 0)
    throw new SyncError(
      'config/invalid',
      'say which versions to keep: --keep-last 10, --keep-daily 30, --max-versions 20 …; nothing was dropped',
    );
  const dryRun = flags.dryRun === true;
  return await withVault(given, { flags, terminal }, async ({ open: { author }, vault }) => {
    if (isByRules) tell(await forget(vault, policy, { dryRun, author }), { flags, terminal, given });
    else {
      const sequence = await forgetVersions(vault, named, { dryRun, author });
      tell({ snapshots: [], forgotten: named, sequence }, { flags, terminal, given });
    }
    return EXIT.inSync;
  });
}

function tell({ snapshots, forgotten }: ForgetReport, { flags, terminal, given }: Asked & { readonly given: string }): void {
  const dryRun = flags.dryRun === true;
  if (flags.json === true) {
    const facts = snapshots.map(({ snapshot: { sequence, timeMs }, kept, reasons }) => ({
      version: sequence,
      time: new Date(timeMs).toISOString(),
      kept,
      reasons,
    }));
    terminal.out(JSON.stringify({ dryRun, forgotten, versions: facts }));
    return;
  }
  for (const { snapshot, kept, reasons } of snapshots) {
    const what = kept ? `keep  ${reasons.join(', ')}` : 'drop';
    terminal.out(`${versionName(snapshot.sequence)}  ${formatTime(snapshot.timeMs)}  ${what}`);
  }
  const dropped = plural(forgotten.length, 'version');
  if (dryRun) terminal.out(`Dry run, nothing was changed: ${dropped} would be dropped`);
  else if (forgotten.length === 0) terminal.out('Nothing was dropped.');
  else terminal.out(`Dropped ${dropped}; free their space with: cloudsync vault prune ${shellWord(given)}`);
}

/** @throws SyncError `config/invalid` */
function policyOf(flags: VaultForgetFlags): RetentionPolicy {
  return {
    last: keep('--keep-last', flags.keepLast),
    hourly: keep('--keep-hourly', flags.keepHourly),
    daily: keep('--keep-daily', flags.keepDaily),
    weekly: keep('--keep-weekly', flags.keepWeekly),
    monthly: keep('--keep-monthly', flags.keepMonthly),
    yearly: keep('--keep-yearly', flags.keepYearly),
    maxVersions: keep('--max-versions', flags.maxVersions),
  };
}

function keep(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return text === 'unlimited' ? -1 : parseCount(option, text);
}

/** `12` or `@12`, as log shows it. */
function parseNumber(text: string): number {
  return parseCount('a version to drop', text.replace(/^@/, ''));
}
