import { IGNORE_FILE, isOwnName } from './own-names.ts';

/** What a change at a path means for a listing: the path to look at again, nothing at all, or everything (the root, `''`). */
export function pathToRescan(path: string): string | undefined {
  const segments = path.split('/');
  if (segments.some(isOwnName)) return undefined;
  // Another rule changes what counts in the whole folder.
  if (segments.at(-1) === IGNORE_FILE) segments.pop();
  return segments.join('/');
}
