import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { content, failureOf, fileEntry, freshRoot, listingOf } from './fresh-root.test.support.ts';
import { LocalFolder } from './local/local-folder.ts';
import { MemoryStorage } from './memory/memory-storage.ts';
import { openStorage, parseStorageUrl } from './open.ts';

test.each([
  ['./dir', { type: 'local', path: './dir' }],
  ['dir/with:colon', { type: 'local', path: 'dir/with:colon' }],
  ['/abs', { type: 'local', path: '/abs' }],
  ['C:\\Users\\x', { type: 'local', path: 'C:\\Users\\x' }],
  ['d:/x', { type: 'local', path: 'd:/x' }],
  ['file:///a%20b/%F0%9F%98%80', { type: 'local', path: '/a b/😀' }],
  ['FILE:///a', { type: 'local', path: '/a' }],
  ['memory:notes', { type: 'memory', name: 'notes' }],
  ['memory:', { type: 'memory', name: '' }],
  ['vault:./v', { type: 'vault', path: './v' }],
  ['vault:/v', { type: 'vault', path: '/v' }],
  ['vault:///v', { type: 'vault', path: '/v' }],
])('reads %j', (url, address) => {
  expect(parseStorageUrl(url)).toEqual(address);
});

test.each(['s3://bucket/x', 'foo:bar', 'file://host/x', 'file:///a%2Fb', '', '  ', 'a\0b', 'git+ssh://x'])(
  'refuses %j and says what is known',
  async (url) => {
    expect(await failureOf(() => parseStorageUrl(url))).toMatchObject({
      code: 'config/invalid',
      message: expect.stringContaining('file:///dir'),
    });
  },
);

test.each(['vault:', 'vault://host/x'])('%j names no folder', async (url) => {
  expect((await failureOf(() => parseStorageUrl(url))).code).toBe('config/invalid');
});

test('a vault is opened with its keys, elsewhere', async () => {
  expect((await failureOf(() => openStorage('vault:./v'))).code).toBe('config/invalid');
});

test('opens what it reads', async () => {
  const root = freshRoot();
  const folder = openStorage(pathToFileURL(root).href, { trash: false });
  expect(folder).toBeInstanceOf(LocalFolder);
  await folder.upload(fileEntry('f', 'x'), content('x'), { expected: undefined });
  expect((await listingOf(openStorage(root))).paths).toEqual(['f']);
  expect(openStorage('memory:a')).toBeInstanceOf(MemoryStorage);
  expect(openStorage('memory:a').url).toBe('memory:a');
});
