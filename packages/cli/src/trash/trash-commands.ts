import { isAbsolute, normalize, relative, sep } from 'node:path';
import { EXIT, isWithin, SyncError } from '@cloudsync/engine';
import { Trash, type TrashItem } from '@cloudsync/storages';
import { asError, errorLine, exitCodeOfError, worstExit } from '../command-line/failure.ts';
import type { TrashFlags } from '../command-line/flags.ts';
import { parseDuration } from '../options/duration.ts';
import { isThere, locateRoot } from '../pair/roots.ts';
import { formatBytes, formatTime, plural } from '../terminal/format.ts';
import { printable } from '../terminal/printable.ts';
import type { Terminal } from '../terminal/terminal.ts';

const DAY_MS = 86_400_000;

/** `cloudsync trash list`. @returns the exit code */
export async function trashListCommand(folder: string, flags: TrashFlags, terminal: Terminal): Promise<number> {
  const oldestMs = Date.now() - (flags.olderThan === undefined ? 0 : parseDuration(flags.olderThan));
  const items = new Trash(rootOf(folder)).list().filter((item) => item.deletedAt.getTime() <= oldestMs);
  if (flags.json === true) terminal.out(JSON.stringify(items, null, 2));
  else if (items.length === 0) terminal.out('The trash is empty.');
  else for (const item of items) terminal.out(itemLine(item));
  return EXIT.inSync;
}

function itemLine({ id, path, deletedAt, kind, size }: TrashItem): string {
  const time = id.slice(0, id.indexOf('/'));
  const what = kind === 'file' ? formatBytes(size) : kind;
  return `${time}  ${what.padStart(8)}  ${printable(path)}  (deleted ${formatTime(deletedAt.getTime())})`;
}

export interface RestoreInput {
  readonly folder: string;
  readonly paths: readonly string[];
  readonly flags: TrashFlags;
  readonly terminal: Terminal;
}

/** `cloudsync trash restore`: the newest content of each path, back to where it was. @returns the exit code */
export async function trashRestoreCommand({ folder, paths, flags, terminal }: RestoreInput): Promise<number> {
  const root = rootOf(folder);
  const trash = new Trash(root);
  const items = trash.list().filter(({ id }) => flags.from === undefined || id.startsWith(`${flags.from}/`));
  const wanted = paths.flatMap((path) => newestBelow(items, pathBelow(root, path)));
  const codes = wanted.map((item) => restoreOne(trash, item, { flags, terminal }));
  return worstExit(codes);
}

/** @throws SyncError `storage/not-found` when nothing of that path lies in the trash */
function newestBelow(items: readonly TrashItem[], path: string): TrashItem[] {
  const newest = new Map<string, TrashItem>();
  // The list has the newest first.
  for (const item of items) if (isWithin(path, item.path) && !newest.has(item.path)) newest.set(item.path, item);
  if (newest.size === 0) throw new SyncError('storage/not-found', `${path} does not lie in the trash; see cloudsync trash list`, { path });
  return [...newest.values()];
}

function restoreOne(trash: Trash, item: TrashItem, { flags, terminal }: Pick<RestoreInput, 'flags' | 'terminal'>): number {
  try {
    const path = trash.restore(item.id, { onExisting: 'suffix' });
    const note = path === item.path ? '' : ` (${printable(item.path)} exists)`;
    terminal.out(flags.json === true ? JSON.stringify({ path: item.path, restoredAs: path }) : `Restored ${printable(path)}${note}`);
    return EXIT.inSync;
  } catch (error) {
    terminal.err(errorLine(asError(error).message));
    return exitCodeOfError(error);
  }
}

/** `cloudsync trash empty`. @returns the exit code */
export async function trashEmptyCommand(folder: string, flags: TrashFlags, terminal: Terminal): Promise<number> {
  const olderThanDays = flags.olderThan === undefined ? 0 : parseDuration(flags.olderThan) / DAY_MS;
  const gone = await new Trash(rootOf(folder)).empty({ olderThanDays });
  terminal.out(
    flags.json === true ? JSON.stringify(gone) : `Deleted ${plural(gone.files, 'file')} (${formatBytes(gone.bytes)}) from the trash`,
  );
  return EXIT.inSync;
}

/** A path as the trash knows it, from one below the root, or from where it was on disk. */
function pathBelow(root: string, given: string): string {
  const path = isAbsolute(given) ? relative(root, given) : normalize(given);
  return path.split(sep).join('/').replace(/\/+$/, '').replace(/^\.$/, '');
}

function rootOf(folder: string): string {
  const root = locateRoot('source', folder, process.cwd());
  if (root.type === 'vault')
    throw new SyncError(
      'config/invalid',
      `the vault ${folder} keeps every version and has no trash; see cloudsync vault versions and restore`,
    );
  if (root.type === 'workspace')
    throw new SyncError('config/invalid', `${folder} is a workspace; see cloudsync versions and restore, or name a folder`);
  if (!isThere(root)) throw new SyncError('storage/root-missing', `the folder ${folder} does not exist; name the root of a pair`);
  return root.folder;
}
