import { realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { SyncError } from '@cloudsync/engine';
import type { CloudSync } from '@cloudsync/sdk';
import { clientOf } from '../account/client.ts';
import { type Account, Credentials } from '../account/credentials.ts';
import { isWorkspaceUrl, parseWorkspaceUrl } from '../account/workspace-address.ts';
import { deviceHome, surroundings } from '../device/state-home.ts';
import { linkMeant } from '../links/find-link.ts';
import { type Link, LinkFile } from '../links/link-file.ts';

/** The workspace that a command works on. */
export interface OpenWorkspace {
  readonly client: CloudSync;
  readonly workspace: string;
  /** The folder of this device that it is linked with, as far as one was meant. */
  readonly link: Link | undefined;
}

/**
 * The workspace of `--workspace`: a name, an address or a linked folder; else that of the link that the current folder lies in, or of the only link.
 * @throws SyncError `config/invalid`, `account/not-logged-in`
 */
export async function openWorkspace(given: string | undefined): Promise<OpenWorkspace> {
  const around = surroundings();
  const home = deviceHome(around);
  const credentials = new Credentials(home);
  const links = new LinkFile(home).all();
  if (given !== undefined && isWorkspaceUrl(given)) return await open(credentials, given, undefined);
  const link = given === undefined ? linkMeant(links, undefined, around.cwd) : linkOrUndefined(links, given, around.cwd);
  if (link !== undefined) return await open(credentials, link.workspace, link);
  return { ...(await connect(credentials.current())), workspace: given as string, link: undefined };
}

/**
 * A path below the workspace's root: as it is, or, in a linked folder, from where the user stands.
 * @throws SyncError `config/invalid` for a path outside
 */
export function pathInWorkspace({ link }: OpenWorkspace, given: string, cwd = process.cwd()): string {
  const here = realOrGiven(cwd);
  const below = link === undefined ? undefined : pathBelow(link.folder, resolve(here, given));
  if (below !== undefined) return below;
  if (isAbsolute(given) || (link !== undefined && isWithinFolder(link.folder, here)))
    throw new SyncError('config/invalid', `${given} lies outside ${link?.folder ?? 'every linked folder'}; name a path in the workspace`);
  const path = given
    .split(sep)
    .join('/')
    .replace(/^(\.\/)+/, '')
    .replace(/\/+$/, '');
  return path === '.' ? '' : path;
}

function pathBelow(folder: string, path: string): string | undefined {
  const real = path === folder ? path : join(realOrGiven(dirname(path)), basename(path));
  return isWithinFolder(folder, real) ? relative(folder, real).split(sep).join('/') : undefined;
}

function isWithinFolder(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder + sep);
}

function realOrGiven(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return path;
  }
}

async function open(credentials: Credentials, url: string, link: Link | undefined): Promise<OpenWorkspace> {
  const { host, workspace } = parseWorkspaceUrl(url);
  return { ...(await connect(credentials.forHost(host))), workspace, link };
}

async function connect(account: Account): Promise<{ readonly client: CloudSync }> {
  return { client: await clientOf(account) };
}

/** A name that no link has may be a workspace that is not linked here. */
function linkOrUndefined(links: readonly Link[], given: string, cwd: string): Link | undefined {
  try {
    return linkMeant(links, given, cwd);
  } catch (error) {
    if (SyncError.is(error, 'config/invalid')) return undefined;
    throw error;
  }
}
