import type { Stats } from 'node:fs';
import type { Entry } from '@cloudsync/engine';
import { SyncError } from '@cloudsync/engine/model/error';
import { isAsExpected } from '../expected.ts';
import { absoluteOf } from './absolute.ts';
import { entryOfStats, lstatOrNothing, statOrNothing } from './entry-of-stats.ts';
import type { RealFolders } from './real-folders.ts';
import type { TrashFolder } from './trash-folder.ts';

/** Everything that a change below one root needs to know; made anew for each batch of work. */
export interface Place {
  /** Absolute. */
  readonly root: string;
  readonly folders: RealFolders;
  /** Undefined: what is deleted or overwritten is gone. */
  readonly trash: TrashFolder | undefined;
  /** Whether permission bits mean anything on this platform. */
  readonly modes: boolean;
  /** Whether symlinks are looked through. */
  readonly follow: boolean;
  /** Bits that a new file does not get, see umask(2). */
  readonly umask: number;
}

/** What is at a path, looked at now. */
export interface Sight {
  readonly absolute: string;
  /** Of the path itself, never of what a symlink points to. */
  readonly stats: Stats | undefined;
  readonly entry: Entry | undefined;
}

export function lookAt(place: Place, path: string): Sight {
  const absolute = absoluteOf(place.root, path);
  const stats = lstatOrNothing(absolute);
  const shown = place.follow && stats?.isSymbolicLink() ? statOrNothing(absolute) : stats;
  return { absolute, stats, entry: shown && entryOfStats(path, shown, place.modes) };
}

/** Looks at a path and insists that it still is what the plan saw. @throws SyncError `storage/changed` */
export function lookAgain(place: Place, path: string, expected: Entry | undefined): Sight {
  const sight = lookAt(place, path);
  // An operation on one hard link changes the ctime of all: the second link of a file would look edited after the first.
  const ignoreVersion = sight.stats !== undefined && sight.stats.nlink > 1 && sight.entry?.kind === 'file';
  const isSpecial = sight.stats !== undefined && sight.entry === undefined;
  if (isSpecial || !isAsExpected(expected, sight.entry, { ignoreVersion })) throw changed(path);
  return sight;
}

export function changed(path: string): SyncError {
  return new SyncError('storage/changed', `${JSON.stringify(path)} changed while the sync ran; it is looked at again in the next run`, {
    path,
  });
}

/** The entry at a path after an operation. @throws SyncError `storage/changed` when it is gone already */
export function entryNow(place: Place, path: string, hash?: string): Entry {
  const { stats } = lookAt(place, path);
  const entry = stats && entryOfStats(path, stats, place.modes, { hash });
  if (entry === undefined) throw changed(path);
  return entry;
}
