import { linkSync, renameSync, rmdirSync, unlinkSync } from 'node:fs';
import type { Entry } from '@cloudsync/engine';
import { errnoOf } from './errno.ts';
import { changed, lookAgain, type Place } from './place.ts';
import { lacksHardLinks } from './trash-folder.ts';

export interface Publication {
  /** A complete file or symlink beside the target. */
  readonly temporary: string;
  readonly path: string;
  /** What the plan saw at the path; undefined: nothing. */
  readonly expected: Entry | undefined;
}

/**
 * Puts a finished temporary at its path, if that still is what the plan saw. The path holds its old or its new complete
 * content at every moment; the old one is in the trash before it is replaced.
 * @throws SyncError `storage/changed`
 */
export function publish(place: Place, { temporary, path, expected }: Publication): void {
  const { absolute, stats } = lookAgain(place, path, expected);
  if (stats === undefined) {
    putNew(temporary, absolute, path);
    return;
  }
  if (stats.isDirectory()) rmdirSync(absolute);
  else place.trash?.keep(absolute, path, stats);
  renameSync(temporary, absolute);
}

/** A link, unlike a rename, refuses when something appeared at the path a moment ago. */
function putNew(temporary: string, absolute: string, path: string): void {
  try {
    linkSync(temporary, absolute);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') throw changed(path);
    if (!lacksHardLinks(error)) throw error;
    renameSync(temporary, absolute);
    return;
  }
  unlinkSync(temporary);
}
