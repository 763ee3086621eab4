import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { content, fileEntry, freshRoot, NOBODY, plant, run, smallDisk } from '../fresh-root.test.support.ts';
import { flush } from './flush.ts';
import { LocalFolder } from './local-folder.ts';
import { platformOf } from './platform.ts';

/** A command in place of `sync` that notes how it was called. */
function recorder(exitCode: number): { command: string; calls: () => string } {
  const root = freshRoot();
  const command = join(root, 'sync');
  writeFileSync(command, `#!/bin/sh\nprintf '%s\\n' "$@" >> '${root}/calls'\nexit ${exitCode}\n`);
  chmodSync(command, 0o755);
  return { command, calls: () => (existsSync(join(root, 'calls')) ? readFileSync(join(root, 'calls'), 'utf8') : '') };
}

test('flushes the file system of the root in one call, and not at all when nothing changed', async () => {
  const root = plant(freshRoot(), { 'a/f': 'x' });
  const { command, calls } = recorder(0);
  await flush(root, new Set(), { wholeFileSystem: true, command });
  expect(calls()).toBe('');
  await flush(root, new Set(['a/f', 'a/gone', 'gone/too']), { wholeFileSystem: true, command });
  expect(calls()).toBe(`-f\n${root}\n`);
});

test('a few paths are flushed by themselves when nothing else has to be; many, together', async () => {
  const root = plant(freshRoot(), { 'a/f': 'x' });
  const { command, calls } = recorder(0);
  const options = { wholeFileSystem: true, onlyPaths: true, command };
  await flush(root, new Set(['a/f', 'a/gone', 'gone/too']), options);
  expect(calls()).toBe('');
  await flush(root, new Set(Array.from({ length: 100 }, (_, n) => `${n}`)), options);
  expect(calls()).toBe(`-f\n${root}\n`);
});

test('what may not be opened is flushed with its file system', () => {
  const root = plant(freshRoot(), { secret: 'x' });
  chmodSync(root, 0o755);
  chmodSync(join(root, 'secret'), 0);
  const flushed = join(root, 'flushed');
  mkdirSync(flushed);
  chmodSync(flushed, 0o777);
  const command = join(root, 'sync');
  writeFileSync(command, `#!/bin/sh\ntouch '${flushed}/all'\n`);
  chmodSync(command, 0o755);
  const script = new URL('./flush-as-nobody.test.support.ts', import.meta.url).pathname;
  run(process.execPath, script, root, `${NOBODY}`, 'secret', command);
  expect(existsSync(join(flushed, 'all'))).toBe(true);
});

test('flushes other file systems that are mounted below the root as well', async () => {
  const disk = smallDisk(64 * 1024);
  const root = plant(freshRoot(), { 'mnt/': '' });
  run('mount', '--bind', disk, join(root, 'mnt'));
  const { command, calls } = recorder(0);
  try {
    await flush(root, new Set(['f', 'mnt/f']), { wholeFileSystem: true, command });
  } finally {
    run('umount', join(root, 'mnt'));
  }
  expect(calls()).toBe(`-f\n${root}\n${root}/mnt\n`);
});

test.each([
  ['refuses', () => recorder(1).command],
  ['is missing', () => '/nowhere/sync'],
])('flushes file by file where the command %s', async (_, command) => {
  const root = plant(freshRoot(), { 'a/f': 'x' });
  run('mkfifo', join(root, 'a/fifo'));
  symlinkSync('fifo', join(root, 'a/link'));
  // A FIFO behind a written symlink must not hang the flush; what is gone or cannot be opened is left to its folder.
  await flush(root, new Set(['a/f', 'a/gone', 'a/link', 'gone/x']), { wholeFileSystem: true, command: command() });
});

test('a disk that refuses is an error, not a success', async () => {
  // The root of the proc file system can be opened and not flushed.
  await expect(flush('/proc/self', new Set(['status']), { wholeFileSystem: false })).rejects.toMatchObject({ syscall: 'fsync' });
});

test.each(['linux', 'darwin'] as const)('a folder on %s flushes what it wrote', async (system) => {
  const storage = new LocalFolder(freshRoot(), { platform: platformOf(system) });
  await storage.upload(fileEntry('f', 'x'), content('x'), { expected: undefined });
  await storage.flush();
  await storage.flush();
});
