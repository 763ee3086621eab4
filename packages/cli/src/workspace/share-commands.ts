import { SyncError } from '@cloudsync/engine';
import { readSecretFile } from '../account/read-secret.ts';
import type { ShareFlags, WorkspaceFlags } from '../command-line/live/live-flags.ts';
import { parseCount } from '../options/count.ts';
import { parseDuration } from '../options/duration.ts';
import { printable } from '../terminal/printable.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { openWorkspace, pathInWorkspace } from './workspace-meant.ts';

interface Asked<Flags> {
  readonly flags: Flags;
  readonly terminal: Terminal;
}

/** `cloudsync share create`. @returns the exit code */
export async function shareCreateCommand(given: string, { flags, terminal }: Asked<ShareFlags>): Promise<number> {
  const open = await openWorkspace(flags.workspace);
  const path = pathInWorkspace(open, given);
  if (path === '') throw new SyncError('config/invalid', 'name a file or folder to share');
  const share = await open.client.shares.create(open.workspace, path, {
    mode: flags.edit === true ? 'edit' : 'view',
    ...(flags.expires === undefined ? {} : { expiresAt: inFuture(flags.expires) }),
    ...(flags.passwordFile === undefined ? {} : { password: await readSecretFile(flags.passwordFile, 'the password') }),
    ...(flags.maxDownloads === undefined ? {} : { maxDownloads: parseCount('--max-downloads', flags.maxDownloads) }),
  });
  terminal.out(flags.json === true ? JSON.stringify(share) : share.url);
  if (flags.json !== true) terminal.err(`It is the share ${share.id}; end it with: cloudsync share remove ${share.id}`);
  return 0;
}

/** ISO 8601 from `7d`. @throws SyncError `config/invalid` */
export function inFuture(duration: string): string {
  return new Date(Date.now() + parseDuration(duration)).toISOString();
}

/** `cloudsync share list`. @returns the exit code */
export async function shareListCommand({ flags, terminal }: Asked<WorkspaceFlags>): Promise<number> {
  const { client, workspace } = await openWorkspace(flags.workspace);
  for await (const share of client.shares.list(workspace)) {
    const { id, mode, path, hasPassword, expiresAt, downloads, maxDownloads } = share;
    const limits = [
      hasPassword && 'password',
      expiresAt !== null && `until ${expiresAt}`,
      `${downloads}${maxDownloads === null ? '' : ` of ${maxDownloads}`} downloads`,
    ].filter((part) => part !== false);
    terminal.out(
      flags.json === true
        ? JSON.stringify(share)
        : `${id}  ${mode}  ${path === null ? '(deleted)' : printable(path)}  (${limits.join(', ')})`,
    );
  }
  return 0;
}

/** `cloudsync share remove`. @returns the exit code */
export async function shareRemoveCommand(share: string, { flags, terminal }: Asked<WorkspaceFlags>): Promise<number> {
  const { client, workspace } = await openWorkspace(flags.workspace);
  await client.shares.delete(workspace, share);
  terminal.out(flags.json === true ? JSON.stringify({ removed: share }) : `Removed the share ${share}`);
  return 0;
}
