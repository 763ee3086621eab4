import { lstatSync, type Stats } from 'node:fs';
import { absoluteOf } from './absolute.ts';

/** Copying a smaller file for nothing costs less than waiting for a bigger one to be complete. */
const BIG_BYTES = 1 << 20;
const SETTLED_MS = 60;

/**
 * For how many ms more a file should be left alone. A big one that changed a moment ago is most likely still being written, and what is read
 * of it now would be read again. The change time is asked, as programs that copy set the mtime to what they like.
 */
export function unsettledMs(root: string, path: string, nowMs = Date.now()): number {
  const stats = look(absoluteOf(root, path));
  if (!stats?.isFile() || stats.size < BIG_BYTES) return 0;
  const quietMs = nowMs - stats.ctimeMs;
  // A clock that was set back says nothing.
  return quietMs < 0 || quietMs >= SETTLED_MS ? 0 : Math.ceil(SETTLED_MS - quietMs);
}

/** Undefined when it is gone, or not ours to look at. */
function look(absolute: string): Stats | undefined {
  try {
    return lstatSync(absolute, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
