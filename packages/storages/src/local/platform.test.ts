import { MACOS_NAMES, POSIX_NAMES, WINDOWS_NAMES } from '@cloudsync/engine';
import { expect, test } from 'vitest';
import { content, fileEntry, freshRoot, listingOf } from '../fresh-root.test.support.ts';
import { LocalFolder } from './local-folder.ts';
import { platformOf } from './platform.ts';

test.each([
  ['linux', { names: POSIX_NAMES, modes: true, flushesFileSystem: true, watchesFolders: true }],
  ['darwin', { names: MACOS_NAMES, modes: true, flushesFileSystem: false, watchesFolders: false }],
  ['win32', { names: WINDOWS_NAMES, modes: false, flushesFileSystem: false, watchesFolders: false }],
  ['freebsd', { names: POSIX_NAMES, modes: true, flushesFileSystem: false, watchesFolders: false }],
] as const)('%s', (system, expected) => {
  expect(platformOf(system)).toMatchObject(expected);
});

test('where permission bits mean nothing, no entry has any', async () => {
  const storage = new LocalFolder(freshRoot(), { platform: platformOf('win32') });
  expect(storage.abilities.modes).toBe(false);
  const made = await storage.upload(fileEntry('f', 'x', { mode: 0o111 }), content('x'), { expected: undefined });
  expect(made.mode).toBeUndefined();
  expect((await listingOf(storage)).entries).toMatchObject([{ path: 'f', mode: undefined }]);
  expect((await storage.update(made, { mode: 0 })).mode).toBeUndefined();
});
