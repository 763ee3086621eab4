import { assertSafePath, SyncError } from '@cloudsync/engine';
import { clientOf } from '../account/client.ts';
import { Credentials } from '../account/credentials.ts';
import { parseWorkspaceUrl } from '../account/workspace-address.ts';
import { tellAgentToReload } from '../agent/control/tell-agent.ts';
import type { SelectFlags } from '../command-line/live/live-flags.ts';
import { deviceHome, surroundings } from '../device/state-home.ts';
import { printable } from '../terminal/printable.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { linkMeant } from './find-link.ts';
import { type Link, LinkFile } from './link-file.ts';

/**
 * `cloudsync select`: which folders of a workspace are kept on this device. What is not kept is left alone on both sides.
 * @returns the exit code
 */
export async function selectCommand(given: string | undefined, flags: SelectFlags, terminal: Terminal): Promise<number> {
  const around = surroundings();
  const home = deviceHome(around);
  const file = new LinkFile(home);
  const link = linkMeant(file.all(), given, around.cwd);
  const skip = await chosen(link, flags, { home, terminal });
  if (skip !== undefined) {
    await file.change(link, { skip });
    await tellAgentToReload(home);
  }
  show({ ...link, skip: skip ?? link.skip }, flags, terminal);
  return 0;
}

interface Surrounded {
  readonly home: string;
  readonly terminal: Terminal;
}

/** What is to be skipped from now on; undefined: as it is. */
async function chosen(
  link: Link,
  { skip = [], keep = [], all, json }: SelectFlags,
  { home, terminal }: Surrounded,
): Promise<string[] | undefined> {
  const isScripted = skip.length > 0 || keep.length > 0 || all === true;
  if (!isScripted) return terminal.canAsk && json !== true ? await ask(link, home) : undefined;
  if (all === true && skip.length + keep.length > 0)
    throw new SyncError('config/invalid', '--all keeps everything; leave out --skip and --keep');
  if (all === true) return [];
  const kept = new Set(keep.map(cleanPath));
  return [...new Set([...link.skip, ...skip.map(cleanPath)])].filter((path) => !kept.has(path)).sort();
}

/** A path below a workspace's root, however it was written. @throws SyncError `path/unsafe` */
export function cleanPath(text: string): string {
  const path = text.replace(/^\.?\/+/, '').replace(/\/+$/, '');
  assertSafePath(path);
  return path;
}

async function ask(link: Link, home: string): Promise<string[]> {
  const { host, workspace } = parseWorkspaceUrl(link.workspace);
  const client = await clientOf(new Credentials(home).forHost(host));
  const folders = new Set(link.skip);
  for await (const { kind, path } of client.files.list(workspace)) if (kind === 'folder') folders.add(path);
  if (folders.size === 0) throw new SyncError('config/invalid', `${link.workspace} has no folders to choose from yet`);
  const paths = [...folders].sort();
  const prompts = await import('@clack/prompts');
  const kept = await prompts.multiselect({
    message: `Folders of ${workspace} to keep in ${link.folder}`,
    options: paths.map((path) => ({ value: path, label: printable(path) })),
    initialValues: paths.filter((path) => !link.skip.includes(path)),
    required: false,
    output: process.stderr,
  });
  if (prompts.isCancel(kept)) throw new SyncError('sync/cancelled', 'cancelled; nothing was changed');
  return paths.filter((path) => !kept.includes(path));
}

function show({ folder, workspace, skip }: Link, { json }: SelectFlags, terminal: Terminal): void {
  if (json === true) terminal.out(JSON.stringify({ folder, workspace, skip }));
  else if (skip.length === 0) terminal.out(`${folder} keeps everything of ${workspace}`);
  else {
    terminal.out(`${folder} keeps everything of ${workspace} but:`);
    for (const path of skip) terminal.out(`  ${printable(path)}`);
  }
}
