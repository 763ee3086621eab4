import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { SyncError } from '@cloudsync/engine';

/**
 * Makes a folder of state, for its owner only. Without a place to remember, nothing is synced.
 * @throws SyncError `storage/read-only`, `storage/denied`, `storage/no-space`, `storage/io`
 */
export function makeStateFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    const errno = errnoOfPlace(folder) ?? (error as NodeJS.ErrnoException).code ?? 'unknown error';
    const [code, reason] = REASONS[errno] ?? (['storage/io', errno] as const);
    const advice = 'set CLOUDSYNC_HOME or --state-dir to a folder that can be written';
    throw new SyncError(code, `the state cannot be kept in ${folder}: ${reason}; ${advice}`, { cause: error });
  }
}

const REASONS: Record<string, readonly ['storage/read-only' | 'storage/denied' | 'storage/no-space' | 'storage/io', string]> = {
  EROFS: ['storage/read-only', 'it is on a read-only disk'],
  EACCES: ['storage/denied', 'permission denied'],
  EPERM: ['storage/denied', 'permission denied'],
  ENOSPC: ['storage/no-space', 'the disk is full'],
  ENOTDIR: ['storage/io', 'a file is in the way'],
  EEXIST: ['storage/io', 'a file is in the way'],
};

/** A recursive mkdir answers ENOENT for much that is wrong above; the place where it got stuck knows better. */
function errnoOfPlace(folder: string): string | undefined {
  let place = folder;
  while (!existsSync(place) && dirname(place) !== place) place = dirname(place);
  try {
    accessSync(place, constants.W_OK);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}
