import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Larger files are removed at once: they take room, and are few. */
const SMALL_BYTES = 1 << 20;

let discarded = 0;

/**
 * Puts a folder out of the way, if it is there; what is in it is removed when the bench ends. ext4 without a journal looks at every inode
 * that was deleted within the last minutes when it makes a new file, so that removing 20,000 files now would make the next tool's ten times as slow.
 */
export function discard(folder: string): void {
  const aside = join(dirname(folder), 'discarded', String(discarded++));
  mkdirSync(dirname(aside), { recursive: true });
  try {
    renameSync(folder, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  for (const entry of readdirSync(aside, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && statSync(path).size > SMALL_BYTES) rmSync(path);
  }
}
