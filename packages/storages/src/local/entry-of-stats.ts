import { lstatSync, readlinkSync, type Stats, statSync } from 'node:fs';
import type { Entry, Kind } from '@cloudsync/engine';

const TYPE_MASK = 0o170000;
const REGULAR = 0o100000;
const DIRECTORY = 0o040000;
const SYMLINK = 0o120000;
const PERMISSIONS = 0o7777;

/** The kind that a path has in a tree, or undefined for a FIFO, socket or device. */
export function kindOfMode(mode: number): Kind | undefined {
  switch (mode & TYPE_MASK) {
    case REGULAR:
      return 'file';
    case DIRECTORY:
      return 'folder';
    case SYMLINK:
      return 'symlink';
    default:
      return undefined;
  }
}

/**
 * Stays with a file when it is renamed, and is not reused: an inode number alone is, as soon as its file is deleted.
 * Undefined where the inode number does not fit a double (NTFS, some network file systems).
 */
export function idOfStats(stats: Stats): string | undefined {
  return Number.isSafeInteger(stats.ino) ? `${stats.ino.toString(36)}.${Math.round(stats.birthtimeMs)}` : undefined;
}

/** What {@link idOfStats} put into an id; undefined for what it did not make. */
export function identityOfId(id: string): { readonly ino: number; readonly birthtimeMs: number } | undefined {
  const [ino, birthtimeMs] = [Number.parseInt(id, 36), Number(id.slice(id.indexOf('.') + 1))];
  return id === `${ino.toString(36)}.${birthtimeMs}` ? { ino, birthtimeMs } : undefined;
}

export interface KnownFacts {
  readonly hash?: string | undefined;
  readonly target?: string | undefined;
}

/** The entry that `stats` describe; undefined for a FIFO, socket or device. `modes`: whether the platform has permission bits. */
export function entryOfStats(path: string, stats: Stats, modes: boolean, facts: KnownFacts = {}): Entry | undefined {
  const kind = kindOfMode(stats.mode);
  if (kind === undefined) return undefined;
  return {
    path,
    kind,
    size: kind === 'file' ? stats.size : 0,
    mtimeMs: Math.round(stats.mtimeMs * 1000) / 1000,
    mode: modes && kind !== 'symlink' ? stats.mode & PERMISSIONS : undefined,
    id: idOfStats(stats),
    version: `${stats.ctimeMs}`,
    hash: facts.hash,
    target: facts.target,
  };
}

const ABSENT_IS_FINE = { throwIfNoEntry: false } as const;

/** lstat, with undefined for what is not there, also when a parent is not there or is no folder. */
export function lstatOrNothing(absolute: string): Stats | undefined {
  return orNothing(lstatSync, absolute);
}

/** stat through symlinks, with undefined for what is not there. */
export function statOrNothing(absolute: string): Stats | undefined {
  return orNothing(statSync, absolute);
}

function orNothing(call: (path: string, options: typeof ABSENT_IS_FINE) => Stats | undefined, absolute: string): Stats | undefined {
  try {
    return call(absolute, ABSENT_IS_FINE);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** The text of a symlink; undefined when it is gone or no longer one. */
export function readlinkOrNothing(absolute: string): string | undefined {
  try {
    return readlinkSync(absolute);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'EINVAL' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
