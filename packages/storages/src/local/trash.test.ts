import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { failureOf, freshRoot, plant } from '../fresh-root.test.support.ts';
import { LocalFolder } from './local-folder.ts';
import { Trash } from './trash.ts';

const MONDAY = '20261116-080000';
const FRIDAY = '20261120-235959';

test('lists what a sync put aside, newest first, and nothing that is not ours', () => {
  const root = plant(freshRoot(), {
    [`.sync_trash/${MONDAY}/a/b.txt`]: 'monday',
    [`.sync_trash/${FRIDAY}/a/b.txt`]: 'friday',
    [`.sync_trash/${FRIDAY}-2/c`]: '',
    '.sync_trash/notes/mine': 'x',
    '.sync_trash/20261116': 'x',
  });
  symlinkSync('target', join(root, '.sync_trash', MONDAY, 'link'));
  expect(new Trash(root).list().map(({ id, path, kind, size, deletedAt }) => [id, path, kind, size, deletedAt.toISOString()])).toEqual([
    [`${FRIDAY}-2/c`, 'c', 'file', 0, '2026-11-20T23:59:59.000Z'],
    [`${FRIDAY}/a/b.txt`, 'a/b.txt', 'file', 6, '2026-11-20T23:59:59.000Z'],
    [`${MONDAY}/a/b.txt`, 'a/b.txt', 'file', 6, '2026-11-16T08:00:00.000Z'],
    [`${MONDAY}/link`, 'link', 'symlink', 0, '2026-11-16T08:00:00.000Z'],
  ]);
  expect(new Trash(freshRoot()).list()).toEqual([]);
});

test('restores to the path it had, makes the folders above it and leaves no empty ones behind', () => {
  const root = plant(freshRoot(), { [`.sync_trash/${MONDAY}/a/b/c.txt`]: 'text', [`.sync_trash/${FRIDAY}/other`]: 'x' });
  symlinkSync('target', join(root, '.sync_trash', FRIDAY, 'link'));
  const trash = new Trash(root);
  expect(trash.restore(`${MONDAY}/a/b/c.txt`)).toBe('a/b/c.txt');
  expect(readFileSync(join(root, 'a/b/c.txt'), 'utf8')).toBe('text');
  expect(readdirSync(join(root, '.sync_trash'))).toEqual([FRIDAY]);
  trash.restore(`${FRIDAY}/link`);
  expect(readlinkSync(join(root, 'link'))).toBe('target');
  trash.restore(`${FRIDAY}/other`);
  expect(readdirSync(root).sort()).toEqual(['a', 'link', 'other']);
});

test('refuses to restore over something, or gives it another name when told so', async () => {
  const root = plant(freshRoot(), {
    [`.sync_trash/${MONDAY}/d/f.tar.gz`]: 'old',
    [`.sync_trash/${MONDAY}/.env`]: 'old',
    'd/f.tar.gz': 'now',
    '.env': 'now',
  });
  const trash = new Trash(root);
  expect((await failureOf(() => trash.restore(`${MONDAY}/d/f.tar.gz`))).code).toBe('storage/changed');
  plant(root, { [`d/f.tar.restored-${MONDAY}.gz`]: 'an earlier one' });
  expect(trash.restore(`${MONDAY}/d/f.tar.gz`, { onExisting: 'suffix' })).toBe(`d/f.tar.restored-${MONDAY}-2.gz`);
  expect(trash.restore(`${MONDAY}/.env`, { onExisting: 'suffix' })).toBe(`.env.restored-${MONDAY}`);
  expect(readFileSync(join(root, 'd/f.tar.gz'), 'utf8')).toBe('now');
  expect(readFileSync(join(root, `d/f.tar.restored-${MONDAY}-2.gz`), 'utf8')).toBe('old');
});

test('restores nothing that is not in the trash, nor through a symlink', async () => {
  const outside = freshRoot();
  const root = plant(freshRoot(), {
    [`.sync_trash/${MONDAY}/link/f`]: 'x',
    [`.sync_trash/${MONDAY}/below/f`]: 'x',
    '.sync_trash/notes/mine': 'x',
    below: 'a file',
  });
  symlinkSync(outside, join(root, 'link'));
  const trash = new Trash(root);
  for (const id of [`${MONDAY}/gone`, `${MONDAY}/below`, MONDAY, 'notes/mine', `${FRIDAY}/x`]) {
    expect((await failureOf(() => trash.restore(id))).code, id).toBe('storage/not-found');
  }
  for (const id of ['../x', `${MONDAY}/../../x`, '', '/etc/passwd'])
    expect((await failureOf(() => trash.restore(id))).code).toBe('path/unsafe');
  expect((await failureOf(() => trash.restore(`${MONDAY}/link/f`))).code).toBe('path/unsafe');
  expect((await failureOf(() => trash.restore(`${MONDAY}/below/f`))).code).toBe('storage/not-found');
  expect(readdirSync(outside)).toEqual([]);
});

test('empties all, or what is older than so many days, and counts it', async () => {
  const root = plant(freshRoot(), {
    [`.sync_trash/${MONDAY}/a`]: '1234',
    [`.sync_trash/${MONDAY}/d/b`]: '12',
    [`.sync_trash/${FRIDAY}/c`]: '1',
    a: 'stays',
  });
  const outside = plant(freshRoot(), { precious: 'x' });
  symlinkSync(outside, join(root, '.sync_trash', MONDAY, 'link'));
  const trash = new Trash(root);
  const now = new Date('2026-11-21T00:00:00Z');
  expect(await trash.empty({ olderThanDays: 30, now })).toEqual({ files: 0, bytes: 0 });
  expect(await trash.empty({ olderThanDays: 3, now })).toEqual({ files: 3, bytes: 6 });
  expect(trash.list().map(({ path }) => path)).toEqual(['c']);
  expect(await trash.empty()).toEqual({ files: 1, bytes: 1 });
  expect(readdirSync(root)).toEqual(['a']);
  expect(readdirSync(outside)).toEqual(['precious']);
  expect(await trash.empty()).toEqual({ files: 0, bytes: 0 });
});

test('a run that uses the trash for the first time prunes what is older than 30 days', async () => {
  const root = plant(freshRoot(), { '.sync_trash/20260101-000000/old': 'x', [`.sync_trash/${FRIDAY}/recent`]: 'x', f: 'x', g: 'x' });
  const storage = new LocalFolder(root, { now: () => new Date('2026-11-21T00:00:00Z') });
  mkdirSync(join(root, 'empty'));
  await storage.delete((await storage.stat('empty')) as never);
  expect(existsSync(join(root, '.sync_trash/20260101-000000'))).toBe(true);
  await storage.delete((await storage.stat('f')) as never);
  await storage.close();
  expect(readdirSync(join(root, '.sync_trash'))).toEqual([FRIDAY, '20261121-000000']);
});

test('two runs in one second use two folders', async () => {
  const root = plant(freshRoot(), { f: 'x', g: 'y' });
  const now = (): Date => new Date('2026-11-21T09:30:00.999Z');
  for (const path of ['f', 'g']) {
    const storage = new LocalFolder(root, { now });
    await storage.delete((await storage.stat(path)) as never);
  }
  expect(new Trash(root).list().map(({ id }) => id)).toEqual(['20261121-093000-2/g', '20261121-093000/f']);
});

test('a file that lies where the trash has a folder, and the other way round, is kept too', async () => {
  const root = plant(freshRoot(), { p: 'file' });
  const storage = new LocalFolder(root, { now: () => new Date('2026-11-21T09:30:00Z') });
  const see = async (path: string) => (await storage.stat(path)) as never;
  await storage.delete(await see('p'));
  plant(root, { 'p/inside': 'in a folder' });
  await storage.delete(await see('p/inside'));
  await storage.delete(await see('p'));
  plant(root, { p: 'file again' });
  await storage.delete(await see('p'));
  expect(new Trash(root).list().map(({ path }) => path)).toEqual(['p', 'p/inside', 'p']);
});
