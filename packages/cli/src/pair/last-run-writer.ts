import type { LocalStateDirectory } from '@cloudsync/storages';
import { LAST_RUN_FILE, type LastRun } from './last-run.ts';

/** Nobody reads faster than that when the pair was synced last. */
const SAME_NEWS_MS = 1_000;

/**
 * Writes records of runs, one after the other. In a pair that is watched every saved file is a run: a record that only says once more that all
 * is well waits for up to a second, and is not written when a newer one comes, or when another process wrote one.
 */
export class LastRunWriter {
  readonly #state: LocalStateDirectory;
  #written: { readonly record: LastRun; readonly atMs: number; readonly stamp: string | undefined } | undefined;
  #waiting: LastRun | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(state: LocalStateDirectory) {
    this.#state = state;
  }

  /** @throws SyncError when it cannot be written */
  async write(record: LastRun): Promise<void> {
    const written = this.#written;
    const isNews = written === undefined || !isWell(record) || !isWell(written.record);
    if (isNews || performance.now() - written.atMs >= SAME_NEWS_MS) {
      await this.#writeNow(record);
      return;
    }
    this.#waiting = record;
    // A failure to write what says nothing new is not worth an end of the watch; the next record meets it, too.
    this.#timer ??= setTimeout(() => void this.#writeWaiting().catch(() => undefined), SAME_NEWS_MS).unref();
  }

  /** Writes what waits. */
  async close(): Promise<void> {
    await this.#writeWaiting().catch(() => undefined);
  }

  async #writeWaiting(): Promise<void> {
    const record = this.#waiting;
    this.#stopWaiting();
    if (record !== undefined && this.#state.stamp(LAST_RUN_FILE) === this.#written?.stamp) await this.#writeNow(record);
  }

  async #writeNow(record: LastRun): Promise<void> {
    this.#stopWaiting();
    await this.#state.write(LAST_RUN_FILE, [`${JSON.stringify(record, null, 2)}\n`], { durable: false });
    this.#written = { record, atMs: performance.now(), stamp: this.#state.stamp(LAST_RUN_FILE) };
  }

  #stopWaiting(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting = undefined;
  }
}

function isWell({ result, conflicts, failed }: LastRun): boolean {
  return result === 'in-sync' && conflicts.length === 0 && failed.length === 0;
}
