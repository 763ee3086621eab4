import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import type { LocalFile } from '@cloudsync/engine';
import { SyncError } from '@cloudsync/engine/model/error';

/** On Windows there are no such flags; opening never waits there, and links to files are rare. */
const { O_NONBLOCK = 0, O_NOFOLLOW = 0 } = constants;

/** A file that is being read, and was what the plan saw when it was opened. */
export class OpenFile {
  readonly #file: LocalFile;
  readonly #descriptor: number;
  readonly #before: Stats;

  /** @throws SyncError `storage/changed` when it is not what `file` says; an error of the system */
  constructor(file: LocalFile) {
    this.#file = file;
    this.#descriptor = openSync(file.path, constants.O_RDONLY | O_NONBLOCK | (file.follow ? 0 : O_NOFOLLOW));
    try {
      this.#before = fstatSync(this.#descriptor);
      if (!isPlanned(file, this.#before)) throw changed(file);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * Reads on. @param isLast whether the file must end with these bytes
   * @param into one byte longer than `length`
   * @throws SyncError `storage/changed` when it ends sooner, or later than it should
   */
  read(into: Uint8Array, length: number, isLast: boolean): void {
    const most = isLast ? length + 1 : length;
    let total = 0;
    do {
      const bytesRead = readSync(this.#descriptor, into, total, most - total, null);
      if (bytesRead === 0) break;
      total += bytesRead;
    } while (total < length);
    if (total !== length) throw changed(this.#file);
  }

  /** @throws SyncError `storage/changed` when something happened to it since it was opened */
  assertUnchanged(): void {
    const now = fstatSync(this.#descriptor);
    const before = this.#before;
    if (before.size !== now.size || before.mtimeMs !== now.mtimeMs || before.ctimeMs !== now.ctimeMs) throw changed(this.#file);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

function isPlanned({ size, mtimeMs, identity }: LocalFile, stats: Stats): boolean {
  if (!stats.isFile() || stats.size !== size || Math.round(stats.mtimeMs * 1000) / 1000 !== mtimeMs) return false;
  return identity === undefined || (stats.ino === identity.ino && Math.round(stats.birthtimeMs) === identity.birthtimeMs);
}

function changed({ name }: LocalFile): SyncError {
  const message = `${JSON.stringify(name)} changed while the sync ran; it is looked at again in the next run`;
  return new SyncError('storage/changed', message, { path: name });
}
