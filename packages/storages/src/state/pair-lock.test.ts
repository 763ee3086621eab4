import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { failureOf, freshRoot, plant } from '../fresh-root.test.support.ts';
import { LockFile, type LockHolder, PairLock } from './pair-lock.ts';

interface Child {
  readonly process: ChildProcess;
  /** The next line that it prints. */
  readonly line: () => Promise<string>;
}

/** Another process that takes the lock and says `locked`; it gives it back for a line on its input. */
function start(directory: string, mode: 'try' | 'wait'): Child {
  const script = new URL('./take-lock.test.support.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, directory, mode], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { process: child, line: async () => (await lines.next()).value as string };
}

test('is held by one at a time, also in one process', async () => {
  const directory = join(freshRoot(), 'made/when/missing');
  const lock = await PairLock.acquire(directory);
  expect(await failureOf(() => PairLock.acquire(directory))).toMatchObject({
    code: 'state/locked',
    retryable: true,
    message: expect.stringMatching(
      new RegExp(`^this pair is being synced by process ${process.pid} on .* since 20.*; wait for it to end, or stop it$`),
    ),
  });
  await lock.release();
  await lock.release();
  await (await PairLock.acquire(directory)).release();
});

test('its files are for their owner only', async () => {
  const directory = freshRoot();
  await using _lock = await PairLock.acquire(directory);
  for (const name of ['lock.sqlite', 'lock-holder.json']) expect(statSync(join(directory, name)).mode & 0o777, name).toBe(0o600);
});

test('another process is told who holds it', async () => {
  const directory = freshRoot();
  await using _lock = await PairLock.acquire(directory);
  const child = start(directory, 'try');
  expect(await child.line()).toContain(`being synced by process ${process.pid} on`);
});

test('of a process killed by SIGKILL is taken over', async () => {
  const directory = freshRoot();
  const child = start(directory, 'try');
  expect(await child.line()).toBe('locked');
  expect((await failureOf(() => PairLock.acquire(directory))).message).toContain(`process ${child.process.pid} on`);
  child.process.kill('SIGKILL');
  await once(child.process, 'exit');
  await using _lock = await PairLock.acquire(directory);
});

test('waiting for it ends when it is given back, and tells once whom it waits for', async () => {
  const directory = freshRoot();
  const child = start(directory, 'try');
  expect(await child.line()).toBe('locked');
  const holders: (LockHolder | undefined)[] = [];
  const onWait = (holder: LockHolder | undefined): void => {
    holders.push(holder);
    child.process.stdin?.write('release\n');
  };
  const lock = await PairLock.acquire(directory, { wait: { onWait } });
  expect(holders).toMatchObject([{ pid: child.process.pid }]);
  await lock.release();
});

test('a lock file that stays open is free for others while nobody holds the lock', async () => {
  using file = new LockFile(freshRoot());
  await (await PairLock.acquire(file)).release();
  const child = start(file.directory, 'try');
  expect(await child.line()).toBe('locked');
  expect((await failureOf(() => PairLock.acquire(file))).message).toContain(`process ${child.process.pid} on`);
  child.process.stdin?.write('release\n');
  expect(await child.line()).toBe('released');
  await using _lock = await PairLock.acquire(file);
  expect((await failureOf(() => PairLock.acquire(file.directory))).code).toBe('state/locked');
});

test('a folder that was thrown away and made anew is locked anew', async () => {
  using file = new LockFile(join(freshRoot(), 'state'));
  await (await PairLock.acquire(file)).release();
  renameSync(file.directory, `${file.directory}.old`);
  await using _lock = await PairLock.acquire(file);
  expect((await failureOf(() => PairLock.acquire(file.directory))).code).toBe('state/locked');
});

test('waiting can be cancelled', async () => {
  const directory = freshRoot();
  await using _lock = await PairLock.acquire(directory);
  const controller = new AbortController();
  const wait = { signal: controller.signal, onWait: () => controller.abort() };
  expect((await failureOf(() => PairLock.acquire(directory, { wait }))).code).toBe('sync/cancelled');
});

test('of many processes that race for it, each has it alone', async () => {
  const directory = freshRoot();
  const children = Array.from({ length: 4 }, () => start(directory, 'wait'));
  const first = children.map(async (child) => ({ child, line: await child.line() }));
  const left = new Set(first);
  while (left.size > 0) {
    const { child, line } = await Promise.race(left);
    expect(line).toBe('locked');
    // While this one has it, nobody else can.
    expect((await failureOf(() => PairLock.acquire(directory))).code).toBe('state/locked');
    for (const candidate of left) if ((await Promise.race([candidate, undefined]))?.child === child) left.delete(candidate);
    child.process.stdin?.write('release\n');
    expect(await child.line()).toBe('released');
  }
  await (await PairLock.acquire(directory)).release();
});

test('where no lock can be made is a clear error', async () => {
  const root = plant(freshRoot(), { file: 'x', 'state/lock.sqlite/': '' });
  expect((await failureOf(() => PairLock.acquire(join(root, 'file')))).message).toContain(join(root, 'file'));
  expect(await failureOf(() => PairLock.acquire(join(root, 'state')))).toMatchObject({
    code: 'storage/io',
    message: expect.stringContaining('--state-dir'),
  });
});
