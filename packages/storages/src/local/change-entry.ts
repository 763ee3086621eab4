import { chmodSync, closeSync, fchmodSync, fstatSync, lutimesSync, openSync, rmdirSync, type Stats, unlinkSync } from 'node:fs';
import type { Attributes, Entry, NameRules } from '@cloudsync/engine';
import { nameKey } from '@cloudsync/engine/model/names';
import { move } from './copy-tree.ts';
import { idOfStats } from './entry-of-stats.ts';
import { errnoOf } from './errno.ts';
import { changed, entryNow, lookAgain, lookAt, type Place, type Sight } from './place.ts';
import { NO_FOLLOW, OPEN_TO_READ } from './platform.ts';
import { unixTime } from './unix-time.ts';
import { temporaryFor } from './write-entry.ts';

/** Removes a file, symlink or empty folder that still is what the plan saw; what is gone already is fine. */
export function deleteEntry(place: Place, entry: Entry): void {
  if (lookAt(place, entry.path).stats === undefined) return;
  const { absolute, stats } = lookAgain(place, entry.path, entry);
  if (stats === undefined) return;
  if (stats.isDirectory()) rmdirSync(absolute);
  else if (place.trash !== undefined) place.trash.take(absolute, entry.path);
  else unlinkSync(absolute);
}

export interface Renaming {
  readonly from: Entry;
  readonly toPath: string;
  readonly expected: Entry | undefined;
  readonly names: NameRules;
}

/** Moves a file, symlink or whole folder; what it replaces goes to the trash. */
export function renameEntry(place: Place, { from, toPath, expected, names }: Renaming): Entry {
  const source = lookAgain(place, from.path, from);
  if (source.stats === undefined) throw changed(from.path);
  // Where case does not count, `a` is already there when it becomes `A`: it is the very same file.
  const isSpelling = nameKey(names, from.path) === nameKey(names, toPath) && isSameFile(source, lookAt(place, toPath));
  if (!isSpelling) {
    const { absolute, stats } = lookAgain(place, toPath, expected);
    if (stats !== undefined) makeRoom(place, { absolute, path: toPath, stats, forFolder: source.stats.isDirectory() });
  }
  move(source.absolute, lookAt(place, toPath).absolute, temporaryFor(place, toPath));
  return { ...entryNow(place, toPath), hash: from.hash, target: from.target };
}

interface Room {
  readonly absolute: string;
  readonly path: string;
  readonly stats: Stats;
  readonly forFolder: boolean;
}

/** A rename replaces a file by a file; everything else has to be out of the way first. */
function makeRoom(place: Place, { absolute, path, stats, forFolder }: Room): void {
  if (stats.isDirectory()) rmdirSync(absolute);
  else if (!forFolder) place.trash?.keep(absolute, path, stats);
  else if (place.trash !== undefined) place.trash.take(absolute, path);
  else unlinkSync(absolute);
}

function isSameFile(a: Sight, b: Sight): boolean {
  return a.stats !== undefined && b.stats !== undefined && a.stats.dev === b.stats.dev && idOfStats(a.stats) === idOfStats(b.stats);
}

/** Sets mtime and permission bits of what still is what the plan saw. */
export function updateEntry(place: Place, entry: Entry, { mode, mtimeMs }: Attributes): Entry {
  const { absolute, stats } = lookAgain(place, entry.path, entry);
  if (stats === undefined) throw changed(entry.path);
  if (mode !== undefined && place.modes && entry.kind !== 'symlink') changeMode(absolute, entry, mode);
  if (mtimeMs !== undefined) lutimesSync(absolute, unixTime(mtimeMs), unixTime(mtimeMs));
  return { ...entryNow(place, entry.path), hash: entry.hash, target: entry.target };
}

/** Through an open file, because chmod by name would follow a symlink that took its place. */
function changeMode(absolute: string, entry: Entry, mode: number): void {
  let file: number;
  try {
    file = openSync(absolute, OPEN_TO_READ | NO_FOLLOW);
  } catch (error) {
    // One's own file without read permission. Never so for root, who alone could be led to a foreign file this way.
    if (errnoOf(error) !== 'EACCES') throw error;
    chmodSync(absolute, mode);
    return;
  }
  try {
    if (entry.id !== undefined && idOfStats(fstatSync(file)) !== entry.id) throw changed(entry.path);
    fchmodSync(file, mode);
  } finally {
    closeSync(file);
  }
}
