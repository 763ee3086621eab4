import {
  chmodSync,
  constants,
  copyFileSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  type Stats,
  symlinkSync,
} from 'node:fs';
import { SyncError } from '@cloudsync/engine/model/error';
import { nameOf } from '@cloudsync/engine/model/path';
import { absoluteOf } from './absolute.ts';
import { kindOfMode } from './entry-of-stats.ts';
import { errnoOf } from './errno.ts';
import { unixTime } from './unix-time.ts';

/** A rename, or where that crosses file systems, a complete copy that takes the name before the original goes. */
export function move(from: string, to: string, temporary: string): void {
  try {
    renameSync(from, to);
    return;
  } catch (error) {
    if (errnoOf(error) !== 'EXDEV') throw error;
  }
  try {
    copyTree(from, temporary);
    renameSync(temporary, to);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    throw error;
  }
  rmSync(from, { recursive: true });
}

/** Copies a file, symlink or folder with mtimes and modes to a name that is free. @throws SyncError `storage/unsupported` for a FIFO or the like */
export function copyTree(from: string, to: string): void {
  const stats = lstatSync(from);
  switch (kindOfMode(stats.mode)) {
    case 'symlink':
      symlinkSync(readlinkSync(from), to);
      break;
    case 'file':
      copyFileSync(from, to, constants.COPYFILE_EXCL);
      chmodSync(to, stats.mode & 0o7777);
      break;
    case 'folder':
      mkdirSync(to, { mode: 0o700 });
      for (const name of readdirSync(from)) copyTree(absoluteOf(from, name), absoluteOf(to, name));
      chmodSync(to, stats.mode & 0o7777);
      break;
    default:
      throw new SyncError(
        'storage/unsupported',
        `${JSON.stringify(nameOf(from))} is no file, folder or symlink and cannot go to another disk; move it by hand`,
      );
  }
  keepTimes(to, stats);
}

function keepTimes(to: string, { atimeMs, mtimeMs }: Stats): void {
  lutimesSync(to, unixTime(atimeMs), unixTime(mtimeMs));
}
