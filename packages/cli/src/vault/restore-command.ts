import { existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { EXIT, SyncError } from '@cloudsync/engine';
import { LocalFolder } from '@cloudsync/storages';
import { type RestoreReport, restoreInPlace, restoreTo } from '@cloudsync/vault';
import { errorLine } from '../command-line/failure.ts';
import type { VaultRestoreFlags } from '../command-line/vault/vault-flags.ts';
import { formatBytes, plural } from '../terminal/format.ts';
import { printable } from '../terminal/printable.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { type VersionedVaultPath, versionedPath } from './vault-path.ts';
import { VaultProgress } from './vault-progress.ts';
import { withVault } from './with-vault.ts';

interface Asked {
  readonly flags: VaultRestoreFlags;
  readonly terminal: Terminal;
}

/** `cloudsync vault restore`: as the newest version in the vault, or into a folder. @returns the exit code */
export async function restoreCommand(given: string, at: string | undefined, { flags, terminal }: Asked): Promise<number> {
  if (at === undefined && flags.to === undefined)
    throw new SyncError(
      'config/invalid',
      'name what to bring back, as PATH@VERSION or @VERSION, or a folder to write everything to: --to DIR',
    );
  const wanted = versionedPath(at ?? '.');
  if (flags.to !== undefined) return await restoreToFolder(given, { ...wanted, to: resolve(flags.to) }, { flags, terminal });
  if (flags.overwrite === true)
    throw new SyncError('config/invalid', '--overwrite belongs to --to DIR; in the vault the older version is kept anyway');
  return await withVault(given, { flags, terminal }, async ({ open, vault }) => {
    const result = await restoreInPlace(vault, { ...wanted, author: { ...open.author, actor: open.actor } });
    if (flags.json === true) terminal.out(JSON.stringify({ ...result, path: wanted.path }));
    else if (result.sequence === undefined) terminal.out(`Nothing to restore: ${pathName(wanted)} is as it was in version @${result.from}`);
    else terminal.out(`Restored ${pathName(wanted)} of version @${result.from} as version @${result.sequence}: ${inPlaceText(result)}`);
    return EXIT.inSync;
  });
}

function pathName({ path }: Pick<VersionedVaultPath, 'path'>): string {
  return path === '' ? 'everything' : printable(path);
}

function inPlaceText({ restored, deleted }: { readonly restored: number; readonly deleted: number }): string {
  return [restored > 0 && `${plural(restored, 'path')} brought back`, deleted > 0 && `${plural(deleted, 'newer path')} taken away`]
    .filter((part) => part !== false)
    .join(', ');
}

async function restoreToFolder(
  given: string,
  wanted: VersionedVaultPath & { readonly to: string },
  { flags, terminal }: Asked,
): Promise<number> {
  return await withVault(given, { flags, terminal, damagedHead: 'step-back' }, async ({ vault, signal }) => {
    makeTarget(wanted.to);
    const folder = new LocalFolder(wanted.to);
    using progress = new VaultProgress(terminal, 'Restoring');
    const onProgress = ({ files, bytes }: { files: number; bytes: number }): void =>
      progress.show(`${plural(files, 'file')}, ${formatBytes(bytes)}`);
    const { path, version } = wanted;
    const report = await restoreTo(vault, folder, { path, version, overwrite: flags.overwrite, signal, onProgress }).finally(() =>
      folder.close(),
    );
    progress.stop();
    tell(report, { flags, terminal, wanted });
    return report.problems.length > 0 ? EXIT.pathsFailed : EXIT.inSync;
  });
}

/** One level is made, as for the destination of a sync. @throws SyncError `storage/root-missing`, `storage/denied` */
function makeTarget(folder: string): void {
  if (existsSync(folder)) return;
  if (!existsSync(dirname(folder))) {
    throw new SyncError(
      'storage/root-missing',
      `${folder} cannot be made because ${dirname(folder)} does not exist; make that first (mkdir -p ${dirname(folder)})`,
    );
  }
  try {
    mkdirSync(folder);
  } catch (cause) {
    throw new SyncError('storage/denied', `${folder} cannot be made (${(cause as NodeJS.ErrnoException).code}); choose another`, { cause });
  }
}

interface Told extends Asked {
  readonly wanted: VersionedVaultPath & { readonly to: string };
}

function tell(report: RestoreReport, { flags, terminal, wanted }: Told): void {
  if (flags.json === true) {
    terminal.out(JSON.stringify({ ...report, to: wanted.to }));
    return;
  }
  for (const { path, message } of report.problems) terminal.err(errorLine(`${path}: ${message}`));
  const { files, folders, symlinks, bytes, unchanged, problems, from } = report;
  const parts = [
    `${plural(files, 'file')} (${formatBytes(bytes)})`,
    folders > 0 && plural(folders, 'folder'),
    symlinks > 0 && plural(symlinks, 'link'),
    unchanged > 0 && `${plural(unchanged, 'path')} there already`,
    problems.length > 0 && `${plural(problems.length, 'path')} not restored`,
  ].filter((part) => part !== false);
  terminal.out(`Restored ${pathName(wanted)} of version @${from} into ${printable(flags.to ?? '')}: ${parts.join(', ')}`);
}
