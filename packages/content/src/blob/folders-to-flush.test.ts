import { mkdirSync, mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { FoldersToFlush } from './folders-to-flush.ts';

function fresh() {
  const home = mkdtempSync(join(tmpdir(), 'cloudsync-flush-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  const flushed: string[] = [];
  const failing = new Set<string>();
  const folders = new FoldersToFlush(async (folder) => {
    if (failing.has(folder)) throw new Error('the disk refuses');
    flushed.push(folder);
  });
  const folder = (name: string, agedSeconds: number): string => {
    const path = join(home, name);
    mkdirSync(path, { recursive: true });
    const time = Date.now() / 1000 - agedSeconds;
    utimesSync(path, time, time);
    return path;
  };
  const flush = async (): Promise<string[]> => {
    await folders.flush();
    return flushed.splice(0);
  };
  return { folders, folder, flush, failing };
}

test('what was changed is flushed, once', async () => {
  const { folders, folder, flush } = fresh();
  const path = folder('a', 10);
  folders.changed(path);
  folders.changed(path);
  expect(await flush()).toEqual([path]);
  expect(await flush()).toEqual([]);
  folders.changed(path);
  expect(await flush()).toEqual([path]);
});

test('what was seen is flushed, again only when it has changed since', async () => {
  const { folders, folder, flush } = fresh();
  folders.seen(folder('a', 10));
  expect(await flush()).toHaveLength(1);
  folders.seen(folder('a', 10 - 5));
  expect(await flush()).toHaveLength(1);
  const unchanged = folder('b', 100);
  folders.seen(unchanged);
  expect(await flush()).toHaveLength(1);
  folders.seen(unchanged);
  expect(await flush()).toEqual([]);
});

test('what changed a moment ago may change again at the same time of the clock, so it is flushed again', async () => {
  const { folders, folder, flush } = fresh();
  const path = folder('a', 0);
  folders.seen(path);
  expect(await flush()).toEqual([path]);
  folders.seen(path);
  expect(await flush()).toEqual([path]);
});

test('what nobody has changed for hours is on disk already; what is not there needs no flush', async () => {
  const { folders, folder, flush } = fresh();
  folders.seen(folder('a', 7200));
  folders.seen(join(folder('a', 7200), 'gone'));
  expect(await flush()).toEqual([]);
});

test('a folder that could not be flushed is tried again', async () => {
  const { folders, folder, flush, failing } = fresh();
  const path = folder('a', 10);
  folders.changed(path);
  failing.add(path);
  await expect(flush()).rejects.toThrow('the disk refuses');
  failing.clear();
  expect(await flush()).toEqual([path]);
});

test('who asks while another flush is at work waits for it', async () => {
  const disk = Promise.withResolvers<void>();
  const folders = new FoldersToFlush(() => disk.promise);
  folders.changed('a');
  const done: string[] = [];
  const both = [folders.flush().then(() => done.push('first')), folders.flush().then(() => done.push('second'))];
  await new Promise(setImmediate);
  expect(done).toEqual([]);
  disk.resolve();
  await Promise.all(both);
  expect(done).toEqual(['first', 'second']);
});
