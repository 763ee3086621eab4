import { lstatSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry } from '@cloudsync/engine';
import { describe, expect, test } from 'vitest';
import { content, failureOf, fileEntry, folderEntry, freshRoot, plant, textOf } from '../fresh-root.test.support.ts';
import { LocalFolder } from './local-folder.ts';

const NEW = { expected: undefined };

async function seen(storage: LocalFolder, path: string): Promise<Entry> {
  const entry = await storage.stat(path);
  if (entry === undefined) throw new Error(`${path} is not there`);
  return entry;
}

describe('safety rule 6: nothing is written outside the root', () => {
  test.each(['../x', '/etc/x', 'a/../../x', 'a//b', '.', '..', '', 'a/', 'nul\0'])('%j is refused everywhere', async (path) => {
    const storage = new LocalFolder(freshRoot());
    const entry = fileEntry(path, 'x');
    const fine = fileEntry('fine', 'x');
    for (const work of [
      () => storage.stat(path),
      () => textOf(storage.download(entry)),
      () => storage.upload(entry, content('x'), NEW),
      () => storage.delete(entry),
      () => storage.rename(fine, path, NEW),
      () => storage.rename(entry, 'fine', NEW),
      () => storage.update(entry, { mode: 0o600 }),
      () => storage.hash([entry]),
    ]) {
      expect((await failureOf(work)).code).toBe('path/unsafe');
    }
  });

  test('nothing is written, read, deleted or renamed through a symlink', async () => {
    const outside = plant(freshRoot(), { 'secret/file': 'outside' });
    const root = plant(freshRoot(), { inside: 'x' });
    symlinkSync(join(outside, 'secret'), join(root, 'link'));
    const storage = new LocalFolder(root);
    const inside = await seen(storage, 'inside');
    const foreign = { ...(await seen(new LocalFolder(join(outside, 'secret')), 'file')), path: 'link/file' };
    expect(await storage.stat('link/file')).toBeUndefined();
    await storage.delete(foreign);
    for (const work of [
      () => storage.upload(fileEntry('link/new', 'x'), content('x'), NEW),
      () => storage.upload(folderEntry('link/new'), undefined, NEW),
      () => storage.upload(fileEntry('link/file', 'x'), content('x'), { expected: foreign }),
      () => storage.rename(inside, 'link/new', NEW),
      () => storage.rename(foreign, 'new', NEW),
      () => storage.update(foreign, { mode: 0 }),
    ]) {
      expect((await failureOf(work)).code).toBe('path/unsafe');
    }
    expect(readdirSync(join(outside, 'secret'))).toEqual(['file']);
    expect(readFileSync(join(outside, 'secret/file'), 'utf8')).toBe('outside');
  });

  test('a symlink at the target is replaced, not written through', async () => {
    const outside = plant(freshRoot(), { file: 'outside' });
    const root = freshRoot();
    symlinkSync(join(outside, 'file'), join(root, 'f'));
    const storage = new LocalFolder(root);
    await storage.upload(fileEntry('f', 'inside'), content('inside'), { expected: await seen(storage, 'f') });
    expect(readFileSync(join(outside, 'file'), 'utf8')).toBe('outside');
    expect(lstatSync(join(root, 'f')).isFile()).toBe(true);
  });

  test('a trash folder that is a symlink is not used', async () => {
    const outside = freshRoot();
    const root = plant(freshRoot(), { f: 'x' });
    symlinkSync(outside, join(root, '.sync_trash'));
    const storage = new LocalFolder(root);
    const entry = await seen(storage, 'f');
    expect((await failureOf(() => storage.delete(entry))).code).toBe('path/unsafe');
    expect(readFileSync(join(root, 'f'), 'utf8')).toBe('x');
    expect(readdirSync(outside)).toEqual([]);
  });

  test("CloudSync's own names are neither seen nor written", async () => {
    const root = plant(freshRoot(), { '.sync_trash/20260101-000000/x': 'x', 'a/.sync_state/y': 'y' });
    const storage = new LocalFolder(root);
    expect(await storage.stat('.sync_trash')).toBeUndefined();
    expect(await storage.stat('a/.sync_state/y')).toBeUndefined();
    for (const path of ['.sync_trash', 'a/.sync_state/z', '.cloudsync-tmp-1-2-3']) {
      expect((await failureOf(() => storage.upload(fileEntry(path, 'x'), content('x'), NEW))).code).toBe('path/name-not-allowed');
    }
  });
});
