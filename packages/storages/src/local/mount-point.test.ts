import { existsSync, lstatSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry } from '@cloudsync/engine';
import { expect, onTestFinished, test } from 'vitest';
import { freshRoot, listingOf, plant, run, smallDisk } from '../fresh-root.test.support.ts';
import { LocalFolder } from './local-folder.ts';
import { Trash } from './trash.ts';

/** A root with another file system mounted at `mnt`. */
function rootWithMount(files: Record<string, string>): string {
  const disk = smallDisk(256 * 1024);
  const root = plant(freshRoot(), { 'mnt/': '' });
  run('mount', '--bind', disk, join(root, 'mnt'));
  onTestFinished(() => run('umount', '-l', join(root, 'mnt')));
  expect(lstatSync(join(root, 'mnt')).dev).not.toBe(lstatSync(root).dev);
  return plant(root, files);
}

test('renames between file systems: a complete copy takes the name before the original goes', async () => {
  const root = rootWithMount({ 'mnt/file': 'text', 'mnt/d/e/f': 'deep', 'there/': '' });
  symlinkSync('nowhere', join(root, 'mnt/d/link'));
  const storage = new LocalFolder(root);
  const see = async (path: string): Promise<Entry> => (await storage.stat(path)) as Entry;
  const before = await see('mnt/file');
  const moved = await storage.rename(before, 'there/file', { expected: undefined });
  expect(moved).toMatchObject({ path: 'there/file', size: 4, mtimeMs: before.mtimeMs, mode: before.mode });
  await storage.rename(await see('mnt/d'), 'there/d', { expected: undefined });
  expect(readdirSync(join(root, 'mnt'))).toEqual([]);
  expect((await listingOf(storage, { only: ['there'] })).paths).toEqual([
    'there',
    'there/d',
    'there/d/e',
    'there/d/e/f',
    'there/d/link',
    'there/file',
  ]);
  expect(readFileSync(join(root, 'there/d/e/f'), 'utf8')).toBe('deep');
});

test('a move that does not fit leaves everything where it was', async () => {
  const root = rootWithMount({ 'big/file': 'x'.repeat(1_000_000) });
  const storage = new LocalFolder(root);
  const folder = (await storage.stat('big')) as Entry;
  await expect(storage.rename(folder, 'mnt/big', { expected: undefined })).rejects.toMatchObject({ code: 'storage/no-space' });
  expect((await listingOf(storage)).paths).toEqual(['big', 'big/file', 'mnt']);
  expect(readdirSync(join(root, 'mnt'))).toEqual([]);
});

test('the trash takes what is on another file system, and gives it back', async () => {
  const root = rootWithMount({ 'mnt/file': 'text' });
  const storage = new LocalFolder(root);
  const file = (await storage.stat('mnt/file')) as Entry;
  await storage.delete(file);
  expect(existsSync(join(root, 'mnt/file'))).toBe(false);
  const trash = new Trash(root);
  const [item] = trash.list();
  expect(item).toMatchObject({ path: 'mnt/file', size: 4, mtimeMs: file.mtimeMs });
  trash.restore(item?.id ?? '');
  expect(readFileSync(join(root, 'mnt/file'), 'utf8')).toBe('text');
  expect(trash.list()).toEqual([]);
});
