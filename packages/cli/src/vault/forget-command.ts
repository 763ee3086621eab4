import { EXIT, SyncError } from '@cloudsync/engine';
import { forget, type RetentionPolicy } from '@cloudsync/vault';
import type { VaultForgetFlags } from '../command-line/vault/vault-flags.ts';
import { parseCount } from '../options/count.ts';
import { formatTime, plural } from '../terminal/format.ts';
import { shellWord } from '../terminal/shell-word.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { versionName } from './snapshot-text.ts';
import { withVault } from './with-vault.ts';

/** `cloudsync vault forget`. @returns the exit code */
export async function forgetCommand(given: string, flags: VaultForgetFlags, terminal: Terminal): Promise<number> {
  const policy = policyOf(flags);
  const dryRun = flags.dryRun === true;
  return await withVault(given, { flags, terminal }, async ({ open, vault }) => {
    const { snapshots, forgotten } = await forget(vault, policy, { dryRun, author: open.author });
    if (flags.json === true) {
      const facts = snapshots.map(({ snapshot, kept, reasons }) => ({
        version: snapshot.sequence,
        time: new Date(snapshot.timeMs).toISOString(),
        kept,
        reasons,
      }));
      terminal.out(JSON.stringify({ dryRun, forgotten, versions: facts }));
      return EXIT.inSync;
    }
    for (const { snapshot, kept, reasons } of snapshots) {
      const what = kept ? `keep  ${reasons.join(', ')}` : 'drop';
      terminal.out(`${versionName(snapshot.sequence)}  ${formatTime(snapshot.timeMs)}  ${what}`);
    }
    const dropped = plural(forgotten.length, 'version');
    if (dryRun) terminal.out(`Dry run, nothing was changed: ${dropped} would be dropped`);
    else if (forgotten.length === 0) terminal.out('Nothing was dropped.');
    else terminal.out(`Dropped ${dropped}; free their space with: cloudsync vault prune ${shellWord(given)}`);
    return EXIT.inSync;
  });
}

/** @throws SyncError `config/invalid` */
function policyOf(flags: VaultForgetFlags): RetentionPolicy {
  const policy: RetentionPolicy = {
    last: keep('--keep-last', flags.keepLast),
    hourly: keep('--keep-hourly', flags.keepHourly),
    daily: keep('--keep-daily', flags.keepDaily),
    weekly: keep('--keep-weekly', flags.keepWeekly),
    monthly: keep('--keep-monthly', flags.keepMonthly),
    yearly: keep('--keep-yearly', flags.keepYearly),
    maxVersions: keep('--max-versions', flags.maxVersions),
  };
  if (Object.values(policy).every((count) => count === undefined))
    throw new SyncError(
      'config/invalid',
      'say which versions to keep: --keep-last 10, --keep-daily 30, --max-versions 20 …; nothing was dropped',
    );
  return policy;
}

function keep(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return text === 'unlimited' ? -1 : parseCount(option, text);
}
