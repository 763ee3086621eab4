import { existsSync, mkdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { SyncError } from '@cloudsync/engine';
import { clientOf } from '../account/client.ts';
import { type Account, Credentials, hostOfEndpoint } from '../account/credentials.ts';
import { isWorkspaceUrl, parseWorkspaceUrl, workspaceAddress } from '../account/workspace-address.ts';
import { AgentConnection } from '../agent/control/control-client.ts';
import { tellAgentToReload } from '../agent/control/tell-agent.ts';
import type { LinkFlags } from '../command-line/live/live-flags.ts';
import { deviceHome, stateHome, surroundings } from '../device/state-home.ts';
import { LAST_RUN_FILE } from '../pair/last-run.ts';
import { pairId } from '../pair/pair-id.ts';
import { printable } from '../terminal/printable.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { linkMeant, nameOfWorkspace } from './find-link.ts';
import { type Link, LinkFile } from './link-file.ts';
import { cleanPath } from './select-command.ts';

interface Asked {
  readonly flags: LinkFlags;
  readonly terminal: Terminal;
}

/** `cloudsync init`: a folder and a workspace of its name. @returns the exit code */
export async function initCommand(given: string | undefined, workspace: string | undefined, { flags, terminal }: Asked): Promise<number> {
  const folder = resolve(given ?? '.');
  return await linkCommand(folder, workspace ?? basename(folder), { flags: { ...flags, create: true }, terminal });
}

/** `cloudsync link`. @returns the exit code */
export async function linkCommand(given: string, named: string, { flags, terminal }: Asked): Promise<number> {
  const around = surroundings();
  const home = deviceHome(around);
  const { account, workspace, url } = workspaceMeant(new Credentials(home), named);
  const file = new LinkFile(home);
  const path = resolve(around.cwd, given);
  assertCanBeLinked(path, file.all());
  assertCanBeFolder(path);
  await makeWorkspace(account, workspace, flags.create === true);
  const link = { folder: makeFolder(path), workspace: url, paused: false, skip: (flags.skip ?? []).map(cleanPath), settings: {} };
  assertCanBeLinked(link.folder, file.all());
  await file.add(link);
  await tellAgentToReload(home);
  terminal.out(`Linked ${printable(given)} with ${printable(url)}`);
  const agent = await AgentConnection.openIfRunning(home);
  agent?.close();
  if (agent === undefined) terminal.err('Keep it in sync with: cloudsync start --detach');
  return 0;
}

/** `cloudsync unlink`: nothing is deleted on either side. @returns the exit code */
export async function unlinkCommand(given: string | undefined, terminal: Terminal): Promise<number> {
  const around = surroundings();
  const home = deviceHome(around);
  const file = new LinkFile(home);
  const link = linkMeant(file.all(), given, around.cwd);
  await file.remove(link);
  await tellAgentToReload(home);
  // What both sides agreed on is kept for the day when they are linked again; status tells of it no more.
  rmSync(join(stateHome(undefined, around), pairId(link.folder, link.workspace), LAST_RUN_FILE), { force: true });
  terminal.out(`Unlinked ${link.folder} from ${nameOfWorkspace(link.workspace)}; the files stay on both sides`);
  return 0;
}

interface Meant {
  readonly account: Account;
  readonly workspace: string;
  readonly url: string;
}

/** A whole address, or the name of a workspace of the server that was logged in to last. */
function workspaceMeant(credentials: Credentials, named: string): Meant {
  if (isWorkspaceUrl(named)) {
    const { host, workspace, url } = parseWorkspaceUrl(named);
    return { account: credentials.forHost(host), workspace, url };
  }
  const account = credentials.current();
  return { account, ...workspaceAddress(hostOfEndpoint(account.endpoint), named) };
}

async function makeWorkspace(account: Account, name: string, create: boolean): Promise<void> {
  const client = await clientOf(account);
  try {
    await client.workspaces.get(name);
  } catch (error) {
    if (!SyncError.is(error, 'server/no-such-workspace')) throw error;
    if (!create) {
      const message = `${account.endpoint} has no workspace ${JSON.stringify(name)} for you; --create makes it`;
      throw new SyncError('config/invalid', message, { cause: error });
    }
    await client.workspaces.create(name);
  }
}

/** @throws SyncError `config/invalid` for a folder inside another linked folder, or around one */
function assertCanBeLinked(path: string, links: readonly Link[]): void {
  for (const { folder, workspace } of links) {
    if (folder === path) throw new SyncError('config/invalid', `${path} is linked with ${workspace} already; unlink it first`);
    if (path.startsWith(folder + sep) || folder.startsWith(path + sep))
      throw new SyncError('config/invalid', `${path} and the linked ${folder} lie in each other; link folders that do not`);
  }
}

/** Before anything is made at the server. @throws SyncError `storage/root-missing`, `storage/root-not-folder` */
function assertCanBeFolder(path: string): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined && !existsSync(dirname(path)))
    throw new SyncError('storage/root-missing', `${path} cannot be made because ${dirname(path)} does not exist; make that first`);
  if (stats?.isDirectory() === false) throw new SyncError('storage/root-not-folder', `${path} is not a folder; name a folder`);
}

/** @returns where it really is */
function makeFolder(path: string): string {
  mkdirSync(path, { recursive: true });
  return realpathSync.native(path);
}
