import { readFileSync } from 'node:fs';
import { type Entry, MACOS_NAMES, type WatchChange, WINDOWS_NAMES } from '@cloudsync/engine';
import { expect, test } from 'vitest';
import { content, failureOf, fileEntry, folderEntry, listingOf, textOf } from '../fresh-root.test.support.ts';
import { MemoryStorage } from './memory-storage.ts';

const NEW = { expected: undefined };

test('keeps files, folders and symlinks with their attributes', async () => {
  const storage = new MemoryStorage({ name: 'notes' });
  expect(storage.url).toBe('memory:notes');
  await storage.upload(folderEntry('d', { mode: 0o700 }), undefined, NEW);
  const file = await storage.upload(fileEntry('d/f', 'hello', { mode: 0o600 }), content('hel', 'lo'), NEW);
  await storage.upload({ path: 'l', kind: 'symlink', size: 0, mtimeMs: 1, target: 'd/f' }, undefined, NEW);
  expect(file.hash).toBe('2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824');
  expect(await textOf(storage.download(file))).toBe('hello');
  expect(new Set((await listingOf(storage)).paths)).toEqual(new Set(['d', 'd/f', 'l']));
  expect((await listingOf(storage, { only: ['d'] })).paths).toEqual(['d', 'd/f']);
  expect(await listingOf(storage, { symlinks: 'skip' })).toMatchObject({ paths: ['d', 'd/f'], notes: [{ type: 'skipped', path: 'l' }] });
  expect(await storage.stat('l')).toMatchObject({ target: 'd/f' });
  expect(await new MemoryStorage().identity()).not.toBe(await storage.identity());
});

test('refuses what the caller did not see, and keeps what is there', async () => {
  const storage = new MemoryStorage();
  const first = await storage.upload(fileEntry('f', 'one'), content('one'), NEW);
  const second = await storage.upload(fileEntry('f', 'two'), content('two'), { expected: first });
  for (const work of [
    () => storage.upload(fileEntry('f', 'x'), content('x'), NEW),
    () => storage.upload(fileEntry('f', 'x'), content('x'), { expected: first }),
    () => storage.delete(first),
    () => storage.rename(first, 'g', NEW),
    () => storage.update(first, { mtimeMs: 0 }),
    () => textOf(storage.download(first)),
  ]) {
    expect((await failureOf(work)).code).toBe('storage/changed');
  }
  expect(await textOf(storage.download(second))).toBe('two');
  expect((await failureOf(() => textOf(storage.download(fileEntry('gone', ''))))).code).toBe('storage/not-found');
  expect((await failureOf(() => storage.upload(fileEntry('g', 'abc'), content('ab'), NEW))).code).toBe('storage/corrupt-transfer');
  expect((await failureOf(() => storage.upload(fileEntry('gone/g', 'x'), content('x'), NEW))).code).toBe('storage/not-found');
  expect((await listingOf(storage)).paths).toEqual(['f']);
});

test('moves whole folders, removes only empty ones, and writes through no symlink', async () => {
  const storage = new MemoryStorage();
  const folder = await storage.upload(folderEntry('a'), undefined, NEW);
  const file = await storage.upload(fileEntry('a/f', 'x'), content('x'), NEW);
  expect((await failureOf(() => storage.delete(folder))).code).toBe('storage/not-empty');
  const moved = await storage.rename(folder, 'b', NEW);
  expect(moved.id).toBe(folder.id);
  expect((await storage.stat('b/f'))?.id).toBe(file.id);
  expect(await storage.stat('a/f')).toBeUndefined();
  await storage.upload({ path: 'l', kind: 'symlink', size: 0, mtimeMs: 0, target: 'b' }, undefined, NEW);
  expect((await failureOf(() => storage.upload(fileEntry('l/f', 'x'), content('x'), NEW))).code).toBe('path/unsafe');
  await storage.delete((await storage.stat('b/f')) as Entry);
  await storage.delete(moved);
  await storage.delete(moved);
  expect((await listingOf(storage)).paths).toEqual(['l']);
});

test('follows the name rules and the mtime step that it is given', async () => {
  const windows = new MemoryStorage({ names: WINDOWS_NAMES, mtimeStepMs: 2000 });
  expect((await windows.upload(fileEntry('f', '', { mtimeMs: 5999.5 }), content(), NEW)).mtimeMs).toBe(4000);
  expect((await failureOf(() => windows.upload(fileEntry('con', ''), content(), NEW))).code).toBe('path/name-not-allowed');
  const mac = new MemoryStorage({ names: MACOS_NAMES });
  const made = await mac.upload(fileEntry('Caf\u00e9', ''), content(), NEW);
  expect((await mac.stat('cafe\u0301'))?.path).toBe('Caf\u00e9');
  await mac.rename(made, 'caf\u00e9', NEW);
  expect((await listingOf(mac)).paths).toEqual(['caf\u00e9']);
});

test('tells watchers what changed, until they close', async () => {
  const storage = new MemoryStorage();
  const changes: WatchChange[] = [];
  const watcher = await storage.watch((change) => changes.push(change));
  const file = await storage.upload(fileEntry('f', ''), content(), NEW);
  const moved = await storage.rename(file, 'g', NEW);
  await watcher.close();
  await storage.delete(moved);
  expect(new Set(changes.flatMap(({ paths }) => paths))).toEqual(new Set(['f', 'g']));
});

test('needs nothing of Node: a browser can run it', () => {
  for (const file of ['./memory-storage.ts', '../expected.ts', '../cancelled.ts', '../moved-into-itself.ts']) {
    const source = readFileSync(new URL(file, import.meta.url), 'utf8');
    expect(source).not.toMatch(/'node:|\bBuffer\b|\bprocess\.|'\.\.\/(?!expected|cancelled|moved-into-itself)/);
  }
});
