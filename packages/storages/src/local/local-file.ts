import type { Entry, LocalFile } from '@cloudsync/engine';
import { absoluteOf } from './absolute.ts';
import { identityOfId } from './entry-of-stats.ts';

/** What another package must know to read a file of this folder by itself. */
export function localFileOf(root: string, { path, size, mtimeMs, id }: Entry, follow: boolean): LocalFile {
  const identity = id === undefined ? undefined : identityOfId(id);
  return { path: absoluteOf(root, path), name: path, size, mtimeMs, identity, follow };
}
