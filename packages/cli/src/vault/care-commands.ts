import { EXIT } from '@cloudsync/engine';
import { type PruneReport, prune, removeMaintenanceLock } from '@cloudsync/vault';
import type { VaultDryRunFlags, VaultFlags } from '../command-line/vault/vault-flags.ts';
import { formatBytes, formatTime, plural } from '../terminal/format.ts';
import { printable } from '../terminal/printable.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { VaultProgress } from './vault-progress.ts';
import { withVault } from './with-vault.ts';

/** `cloudsync vault prune`. @returns the exit code */
export async function pruneCommand(given: string, flags: VaultDryRunFlags, terminal: Terminal): Promise<number> {
  const dryRun = flags.dryRun === true;
  return await withVault(given, { flags, terminal }, async ({ open, vault, signal }) => {
    using progress = new VaultProgress(terminal, 'Pruning');
    const report = await prune(vault, { author: open.author, dryRun, signal });
    progress.stop();
    terminal.out(flags.json === true ? JSON.stringify({ dryRun, ...report }) : pruneText(report, dryRun));
    return EXIT.inSync;
  });
}

function pruneText(
  { packs, packsUnused, packsRewritten, orphansDeleted, bytesDeleted, bytesRewritten }: PruneReport,
  dryRun: boolean,
): string {
  if (packsUnused + packsRewritten + orphansDeleted === 0) return `Nothing to free in ${plural(packs, 'pack')}.`;
  const parts = [
    packsUnused > 0 && `${plural(packsUnused, 'unused pack')}`,
    packsRewritten > 0 && `${plural(packsRewritten, 'pack')} written anew`,
    orphansDeleted > 0 && `${plural(orphansDeleted, 'leftover')}`,
  ].filter((part) => part !== false);
  const freed = formatBytes(Math.max(0, bytesDeleted - bytesRewritten));
  return dryRun
    ? `Dry run, nothing was changed: about ${freed} would be freed (${parts.join(', ')})`
    : `Freed ${freed} (${parts.join(', ')})`;
}

/** `cloudsync vault unlock`. @returns the exit code */
export async function unlockCommand(given: string, flags: VaultFlags, terminal: Terminal): Promise<number> {
  return await withVault(given, { flags, terminal, damagedHead: 'step-back' }, async ({ vault }) => {
    const lock = await removeMaintenanceLock(vault);
    if (flags.json === true) terminal.out(JSON.stringify({ removed: lock ?? null }));
    else if (lock === undefined) terminal.out('The vault is not locked.');
    else if (lock === 'unreadable') terminal.out('Removed a lock that did not say whose it was.');
    else terminal.out(`Removed the lock of ${printable(lock.device.name)} (${lock.work}, since ${formatTime(lock.sinceMs)})`);
    return EXIT.inSync;
  });
}
