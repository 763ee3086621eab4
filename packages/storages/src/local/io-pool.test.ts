import { hash } from 'node:crypto';
import type { Entry } from '@cloudsync/engine';
import { expect, test } from 'vitest';
import { freshRoot, joined, plant } from '../fresh-root.test.support.ts';
import { CancelFlag } from './cancel-flag.ts';
import { FolderScan } from './folder-scan.ts';
import type { IoTask } from './io-message.ts';
import { IoPool } from './io-pool.ts';

function hashTasks(files: Record<string, string>, filesPerTask: number): { tasks: IoTask[]; hashes: { hash: string }[] } {
  const root = plant(freshRoot(), files);
  const scan = new FolderScan({ root, ignore: [], only: undefined, symlinks: 'keep', modes: true, rowsPerBatch: 10_000, nowMs: 0 });
  const { entries } = joined([scan.next() ?? { files: 0 }]);
  const tasks: IoTask[] = [];
  for (let at = 0; at < entries.length; at += filesPerTask) {
    const part: Entry[] = entries.slice(at, at + filesPerTask);
    tasks.push({ type: 'hash', entries: part, giver: { root, follow: false }, cancel: new CancelFlag().shared });
  }
  return { tasks, hashes: entries.map(({ path }) => ({ hash: hash('sha256', files[path] ?? '') })) };
}

function many(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`f${n}`, `content ${n}`]));
}

test('a few small files need no thread', async () => {
  const pool = new IoPool();
  const { tasks, hashes } = hashTasks(many(100), 8);
  expect((await Promise.all(tasks.map((task) => pool.run(task)))).flat()).toEqual(hashes);
  expect(pool.threads).toBe(0);
});

test.each([
  ['many files', () => hashTasks(many(1000), 32)],
  ['many bytes', () => hashTasks({ a: 'x'.repeat(9_000_000), b: 'y'.repeat(9_000_000) }, 1)],
])('%s go to threads, and what comes later too', async (_, make) => {
  const pool = new IoPool();
  const { tasks, hashes } = make();
  expect((await Promise.all(tasks.map((task) => pool.run(task)))).flat()).toEqual(hashes);
  expect(pool.threads).toBe(2);
  const later = hashTasks(many(1), 1);
  expect(await pool.run(later.tasks[0] as IoTask)).toEqual(later.hashes);
});

test('work that grows while it is done here is handed to threads', async () => {
  const pool = new IoPool();
  const few = hashTasks(many(20), 1);
  const lot = hashTasks(many(600), 32);
  const first = few.tasks.map((task) => pool.run(task));
  await first[0];
  const second = lot.tasks.map((task) => pool.run(task));
  expect((await Promise.all(first)).flat()).toEqual(few.hashes);
  expect((await Promise.all(second)).flat()).toEqual(lot.hashes);
  expect(pool.threads).toBe(2);
});

test('bytes are told as they are read', async () => {
  const pool = new IoPool();
  const { tasks } = hashTasks(many(10), 10);
  let bytes = 0;
  await pool.run(tasks[0] as IoTask, {
    onBytes: (more) => {
      bytes += more;
    },
  });
  expect(bytes).toBe(90);
});
