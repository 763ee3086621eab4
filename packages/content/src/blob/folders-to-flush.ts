import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { errnoOf } from './folder-error.ts';
import { lstatOrNothing } from './new-file.ts';

/** File systems tell the time in steps of up to two seconds; what changed within the last ones may change again unseen. */
const CLOCK_STEP_MS = 4_000;
/** Every system writes what it holds back to disk by itself long before that. */
const WRITTEN_BACK_AFTER_MS = 3_600_000;

/**
 * The folders that have to be put on disk so that what was written and what was seen in them survives a power cut. What was seen
 * may be the work of a writer that was killed before it flushed.
 */
export class FoldersToFlush {
  readonly #folders = new Set<string>();
  /** Mtime at which a folder was flushed. */
  readonly #flushed = new Map<string, number>();
  #earlier: Promise<void> = Promise.resolve();
  readonly #flushFolder: (folder: string) => Promise<void>;

  constructor(flushFolder = flushOneFolder) {
    this.#flushFolder = flushFolder;
  }

  changed(folder: string): void {
    this.#folders.add(folder);
  }

  seen(folder: string): void {
    const mtimeMs = lstatOrNothing(folder)?.mtimeMs;
    if (mtimeMs === undefined || mtimeMs < Date.now() - WRITTEN_BACK_AFTER_MS) return;
    if (this.#flushed.get(folder) !== mtimeMs) this.#folders.add(folder);
  }

  /** @throws the system's error when the disk refuses; the folder is tried again by the next call */
  flush(): Promise<void> {
    // Who asks while another flush is at work waits for that one, which may be putting his folders on disk.
    const flushed = this.#earlier.then(() => this.#flushAll());
    this.#earlier = flushed.catch(() => undefined);
    return flushed;
  }

  async #flushAll(): Promise<void> {
    for (const folder of [...this.#folders]) {
      const mtimeMs = lstatOrNothing(folder)?.mtimeMs;
      this.#folders.delete(folder);
      try {
        await this.#flushFolder(folder);
      } catch (error) {
        this.#folders.add(folder);
        throw error;
      }
      if (mtimeMs !== undefined && mtimeMs < Date.now() - CLOCK_STEP_MS) this.#flushed.set(folder, mtimeMs);
    }
  }
}

/** Windows flushes no folders, and needs not. A folder that is gone has nothing to flush. */
async function flushOneFolder(folder: string): Promise<void> {
  try {
    await using file = await open(folder, constants.O_RDONLY);
    await file.sync();
  } catch (error) {
    if (!['ENOENT', 'EISDIR', 'EPERM', 'EACCES'].includes(errnoOf(error) ?? '')) throw error;
  }
}
