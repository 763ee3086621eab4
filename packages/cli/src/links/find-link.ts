import { realpathSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { SyncError } from '@cloudsync/engine';
import type { Link } from './link-file.ts';

/**
 * The links that a command means: the one whose folder or workspace was named, or all.
 * @throws SyncError `config/invalid` when there is none
 */
export function linksMeant(links: readonly Link[], given: string | undefined, cwd: string): readonly Link[] {
  if (given !== undefined) return [mustFindLink(links, given, cwd)];
  if (links.length === 0) throw noLinks();
  return links;
}

/** The one link that is named, that the current folder lies in, or that there is. @throws SyncError `config/invalid` */
export function linkMeant(links: readonly Link[], given: string | undefined, cwd: string): Link {
  if (given !== undefined) return mustFindLink(links, given, cwd);
  const here = realpathSync.native(cwd);
  const around = links.find(({ folder }) => here === folder || here.startsWith(folder + sep));
  const only = links.length === 1 ? links[0] : undefined;
  const link = around ?? only;
  if (link !== undefined) return link;
  if (links.length === 0) throw noLinks();
  throw new SyncError('config/invalid', `name one of the linked folders: ${links.map(({ folder }) => folder).join(', ')}`);
}

function mustFindLink(links: readonly Link[], given: string, cwd: string): Link {
  const path = realFolder(resolve(cwd, given));
  const link = links.find(({ folder, workspace }) => folder === path || workspace === given || nameOfWorkspace(workspace) === given);
  if (link === undefined) throw new SyncError('config/invalid', `${given} is not linked; see cloudsync status, or cloudsync link --help`);
  return link;
}

/** `notes` of `cloudsync://host/notes`. */
export function nameOfWorkspace(url: string): string {
  return decodeURIComponent(url.slice(url.lastIndexOf('/') + 1));
}

function realFolder(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return path;
  }
}

function noLinks(): SyncError {
  return new SyncError('config/invalid', 'no folder is linked on this device; start with: cloudsync link DIR WORKSPACE --create');
}
