import { linkSync, renameSync, rmdirSync, unlinkSync } from 'node:fs';
import type { Entry } from '@cloudsync/engine';
import { absoluteOf } from './absolute.ts';
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
export function publish(place: Place, publication: Publication): void {
  const { temporary, path, expected } = publication;
  if (expected === undefined && linkAsNew(temporary, absoluteOf(place.root, path), path)) return;
  const { absolute, stats } = lookAgain(place, path, expected);
  if (stats?.isDirectory()) rmdirSync(absolute);
  else if (stats !== undefined) place.trash?.keep(absolute, path, stats);
  renameSync(temporary, absolute);
}

/**
 * A link, unlike a rename, refuses by itself when something is at the path, and costs the same.
 * @returns false where there are no hard links
 */
function linkAsNew(temporary: string, absolute: string, path: string): boolean {
  try {
    linkSync(temporary, absolute);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') throw changed(path);
    if (!lacksHardLinks(error)) throw error;
    return false;
  }
  unlinkSync(temporary);
  return true;
}
