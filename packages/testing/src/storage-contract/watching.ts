import type { Storage, WatchChange } from '@cloudsync/engine';
import { isWithin } from '@cloudsync/engine';
import { describe, expect, it } from 'vitest';
import { type ContractGroup, makeFile, makeFolder, mustStat } from './fixture.ts';

/** Collects what a watch reports; waiting is bounded by the test's own time limit only. */
class Reports {
  readonly #storage: Storage;
  #changes: WatchChange[] = [];
  #wake: () => void = () => undefined;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  async watch(): Promise<{ close(): Promise<void> }> {
    if (this.#storage.watch === undefined) throw new TypeError('watch was declared a moment ago');
    return this.#storage.watch((change) => {
      this.#changes.push(change);
      this.#wake();
    });
  }

  /** Resolves when a report covers the path: names it, a folder above it, or says that anything may have changed. */
  async until(path: string): Promise<void> {
    while (!this.#changes.some(({ paths }) => paths === undefined || paths.some((reported) => isWithin(reported, path)))) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#changes = [];
  }
}

export function testWatching({ withFixture }: ContractGroup): void {
  describe('watch: calls back with paths that changed, soon after they do', () => {
    it(
      'new, edited, deleted, in folders that were there and in new ones',
      withFixture(async ({ storage }) => {
        await makeFolder(storage, 'folder');
        const reports = new Reports(storage);
        const watcher = await reports.watch();
        try {
          const first = await makeFile(storage, 'folder/file', 'content');
          await reports.until('folder/file');
          await makeFile(storage, 'folder/file', 'edited', { expected: first, mtimeMs: first.mtimeMs + 10_000 });
          await reports.until('folder/file');
          await makeFolder(storage, 'new');
          await makeFolder(storage, 'new/inner');
          await makeFile(storage, 'new/inner/file', 'content');
          await reports.until('new/inner/file');
          await storage.delete(await mustStat(storage, 'folder/file'));
          await reports.until('folder/file');
        } finally {
          await watcher.close();
        }
      }),
    );

    it(
      'until closed: closing twice is fine',
      withFixture(async ({ storage }) => {
        const watcher = await new Reports(storage).watch();
        await watcher.close();
        await watcher.close();
        await makeFile(storage, 'a', 'content');
        expect((await mustStat(storage, 'a')).size).toBe(7);
      }),
    );
  });
}
