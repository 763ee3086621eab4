import { EXIT } from '@cloudsync/engine';
import { stats, type VaultStats } from '@cloudsync/vault';
import type { VaultFlags } from '../command-line/vault/vault-flags.ts';
import { formatBytes, formatCount, plural } from '../terminal/format.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { VaultProgress } from './vault-progress.ts';
import { withVault } from './with-vault.ts';

/** `cloudsync vault stats`. @returns the exit code */
export async function statsCommand(given: string, flags: VaultFlags, terminal: Terminal): Promise<number> {
  return await withVault(given, { flags, terminal }, async ({ vault, signal }) => {
    using progress = new VaultProgress(terminal, 'Counting');
    const found = await stats(vault, { signal });
    progress.stop();
    if (flags.json === true) terminal.out(JSON.stringify(found));
    else for (const [name, text] of lines(found)) terminal.out(`${`${name}:`.padEnd(16)} ${text}`);
    return EXIT.inSync;
  });
}

function lines(found: VaultStats): (readonly [string, string])[] {
  const { snapshots, files, folders, symlinks, bytes, bytesOfAll, uniqueBytes, chunks, packs, storedBytes } = found;
  const links = symlinks > 0 ? `, ${plural(symlinks, 'link')}` : '';
  return [
    ['Versions', formatCount(snapshots)],
    ['Newest version', `${formatBytes(bytes)} in ${plural(files, 'file')}, ${plural(folders, 'folder')}${links}`],
    ['All versions', formatBytes(bytesOfAll)],
    ['Different', `${formatBytes(uniqueBytes)} in ${plural(chunks, 'chunk')}`],
    ['Stored', `${formatBytes(storedBytes)} (${plural(packs, 'pack')})`],
    ['Deduplication', ratio(found.deduplication)],
    ['Compression', ratio(found.compression)],
  ];
}

function ratio(value: number | undefined): string {
  return value === undefined ? 'nothing is stored yet' : `${value.toFixed(value < 10 ? 2 : 1)} : 1`;
}
