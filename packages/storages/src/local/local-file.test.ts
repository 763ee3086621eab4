import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { freshRoot, plant } from '../fresh-root.test.support.ts';
import { LocalFolder } from './local-folder.ts';

it('says where a file is and what it looks like, for who reads it elsewhere', async () => {
  const root = freshRoot();
  plant(root, { 'a/b.txt': 'content' });
  const storage = new LocalFolder(root);
  const entry = await storage.stat('a/b.txt');
  if (entry === undefined) throw new Error('it is there');
  const { ino, birthtimeMs } = statSync(join(root, 'a/b.txt'));
  expect(storage.localFile(entry)).toEqual({
    path: join(root, 'a/b.txt'),
    name: 'a/b.txt',
    size: 7,
    mtimeMs: entry.mtimeMs,
    identity: { ino, birthtimeMs: Math.round(birthtimeMs) },
    follow: false,
  });
});

it('knows no identity where the entry has none, or one of another storage', () => {
  const storage = new LocalFolder(freshRoot());
  const entry = { path: 'a', kind: 'file', size: 1, mtimeMs: 1 } as const;
  expect(storage.localFile(entry).identity).toBeUndefined();
  expect(storage.localFile({ ...entry, id: 'from-elsewhere' }).identity).toBeUndefined();
});

it('never leaves the root', () => {
  const outside = { path: '../a', kind: 'file', size: 1, mtimeMs: 1 } as const;
  expect(() => new LocalFolder(freshRoot()).localFile(outside)).toThrow(expect.objectContaining({ code: 'path/unsafe' }));
});
