import { SyncError } from '@cloudsync/engine';
import type { FileResource, FileVersion, TrashedFile } from '@cloudsync/protocol/rest/files';
import type { ListFlags, RestoreFlags, WorkspaceFlags } from '../command-line/live/live-flags.ts';
import { parseCount } from '../options/count.ts';
import { formatBytes, formatTime } from '../terminal/format.ts';
import { printable } from '../terminal/printable.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { type OpenWorkspace, openWorkspace, pathInWorkspace } from './workspace-meant.ts';

interface Asked<Flags> {
  readonly flags: Flags;
  readonly terminal: Terminal;
}

/** `cloudsync ls`. @returns the exit code */
export async function listCommand(given: string | undefined, { flags, terminal }: Asked<ListFlags>): Promise<number> {
  const open = await openWorkspace(flags.workspace);
  const path = pathInWorkspace(open, given ?? '.');
  const show = (file: FileResource): void => terminal.out(flags.json === true ? JSON.stringify(file) : fileLine(file));
  if (flags.trash === true) {
    for await (const file of open.client.files.trash(open.workspace))
      if (path === '' || file.path === path || file.path.startsWith(`${path}/`)) show(file);
    return 0;
  }
  const root = path === '' ? undefined : await open.client.files.stat(open.workspace, path);
  if (root !== undefined && root.kind !== 'folder') show(root);
  else for await (const file of filesBelow(open, path, flags.recursive === true)) show(file);
  return 0;
}

async function* filesBelow(open: OpenWorkspace, path: string, recursive: boolean): AsyncGenerator<FileResource> {
  for await (const file of open.client.files.list(open.workspace, path)) {
    yield file;
    if (recursive && file.kind === 'folder') yield* filesBelow(open, file.path, recursive);
  }
}

/** ` 12 KiB  2026-11-21 09:05:00  notes/plan.txt`. */
function fileLine({ kind, path, size, mtimeMs, target }: FileResource): string {
  const facts = `${(kind === 'file' ? formatBytes(size) : kind === 'folder' ? 'folder' : 'link').padStart(8)}  ${formatTime(mtimeMs)}`;
  const end = kind === 'folder' ? '/' : target === null ? '' : ` → ${printable(target)}`;
  return `${facts}  ${printable(path)}${end}`;
}

/** `cloudsync versions`. @returns the exit code */
export async function versionsCommand(given: string, { flags, terminal }: Asked<WorkspaceFlags>): Promise<number> {
  const open = await openWorkspace(flags.workspace);
  const path = fileInWorkspace(open, given);
  const versions = await versionsOf(open, (await fileAt(open, path)).id);
  for (const version of versions) terminal.out(flags.json === true ? JSON.stringify(version) : versionLine(version));
  return 0;
}

const WORDS: Record<FileVersion['action'], string> = {
  created: 'new',
  modified: 'edited',
  moved: 'renamed',
  deleted: 'deleted',
  restored: 'restored',
  attributes: 'time or permissions',
};

function versionLine({ version, at, size, action, path, device }: FileVersion): string {
  const by = device === null ? '' : `  ${printable(device)}`;
  return `${`@${version}`.padStart(6)}  ${formatTime(Date.parse(at))}  ${formatBytes(size).padStart(8)}  ${WORDS[action]}  ${printable(path)}${by}`;
}

/** `cloudsync restore`: an old version becomes the newest; what was deleted comes back. @returns the exit code */
export async function restoreCommand(given: string, { flags, terminal }: Asked<RestoreFlags>): Promise<number> {
  const open = await openWorkspace(flags.workspace);
  const path = fileInWorkspace(open, given);
  const file = await liveFile(open, path);
  const wanted = flags.at === undefined ? undefined : parseCount('--at', flags.at.replace(/^@/, ''));
  if (file === undefined && wanted === undefined) {
    for (const trashed of await trashedAt(open, path)) {
      const back = await open.client.files.undelete(open.workspace, trashed);
      terminal.out(flags.json === true ? JSON.stringify(back) : `Brought back ${printable(back.path)}`);
    }
    return 0;
  }
  const { id } = file ?? (await fileAt(open, path));
  const version = wanted ?? previousContent(await versionsOf(open, id), path);
  const restored = await open.client.versions.restore(open.workspace, { fileId: id, version });
  const told = `Restored ${printable(restored.path)} of version @${version} as version @${restored.version}`;
  terminal.out(flags.json === true ? JSON.stringify(restored) : told);
  return 0;
}

/** @throws SyncError `config/invalid` for the root itself, which has no versions */
function fileInWorkspace(open: OpenWorkspace, given: string): string {
  const path = pathInWorkspace(open, given);
  if (path === '') throw new SyncError('config/invalid', `${given} is the whole workspace; name a file or folder in it`);
  return path;
}

/** The newest version whose content is not that of the file now. @throws SyncError `storage/not-found` */
function previousContent(versions: readonly FileVersion[], path: string): number {
  const now = versions[0]?.hash;
  const before = versions.find(({ hash, action }) => action !== 'deleted' && hash !== null && hash !== now);
  if (before === undefined) throw new SyncError('storage/not-found', `${path} has no older content that is kept`, { path });
  return before.version;
}

/** Newest first. */
async function versionsOf({ client, workspace }: OpenWorkspace, id: string): Promise<FileVersion[]> {
  const versions: FileVersion[] = [];
  for await (const version of await client.versions.list(workspace, { id })) versions.push(version);
  return versions.sort((a, b) => b.version - a.version);
}

async function liveFile({ client, workspace }: OpenWorkspace, path: string): Promise<FileResource | undefined> {
  try {
    return await client.files.stat(workspace, path);
  } catch (error) {
    if (SyncError.is(error, 'server/not-found')) return undefined;
    throw error;
  }
}

/**
 * What was deleted last at a path and below it, folders before what is in them.
 * @throws SyncError `storage/not-found`
 */
async function trashedAt(open: OpenWorkspace, path: string): Promise<TrashedFile[]> {
  const found = new Map<string, TrashedFile>();
  for await (const file of open.client.files.trash(open.workspace)) {
    const isMeant = file.path === path || file.path.startsWith(`${path}/`);
    const other = found.get(file.path);
    if (isMeant && (other === undefined || other.deletedAt < file.deletedAt)) found.set(file.path, file);
  }
  if (!found.has(path)) throw nothingAt(open, path);
  return [...found.values()].sort((a, b) => a.path.length - b.path.length);
}

function nothingAt({ workspace }: OpenWorkspace, path: string): SyncError {
  return new SyncError('storage/not-found', `${workspace} has no ${path}, and had none; see cloudsync ls -r, or ls --trash`, { path });
}

/** The file that is at a path, or was there last. @throws SyncError `storage/not-found` */
async function fileAt(open: OpenWorkspace, path: string): Promise<FileResource> {
  const live = await liveFile(open, path);
  if (live !== undefined) return live;
  for await (const file of open.client.files.trash(open.workspace)) if (file.path === path) return file;
  throw nothingAt(open, path);
}
