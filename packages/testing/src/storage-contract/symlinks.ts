import { describe, expect, it } from 'vitest';
import { type ContractGroup, contentAt, expectFailure, listAll, makeFile, makeFolder, makeLink, mustStat } from './fixture.ts';

const TARGETS = [
  'file',
  'folder/../file',
  '../outside',
  '/no/such/absolute/path',
  'dangling',
  '.',
  'line\nbreak',
  'caf\u00e9 👋',
  'x'.repeat(1000),
];

export function testSymlinks({ withFixture }: ContractGroup): void {
  describe('symlinks', () => {
    for (const target of TARGETS) {
      it(
        `where a symlink points is kept verbatim: ${JSON.stringify(target.slice(0, 30))}`,
        withFixture(async ({ storage }) => {
          const written = await makeLink(storage, 'link', target);
          expect(written).toMatchObject({ path: 'link', kind: 'symlink', size: 0, target });
          expect((await mustStat(storage, 'link')).target).toBe(target);
          expect((await listAll(storage)).entries).toMatchObject([{ path: 'link', kind: 'symlink', size: 0 }]);
        }),
      );
    }

    it(
      'symlinks are listed, not followed',
      withFixture(async ({ storage }) => {
        await makeFolder(storage, 'folder');
        await makeFile(storage, 'folder/file', 'content');
        await makeLink(storage, 'to-folder', 'folder');
        await makeLink(storage, 'to-root', '.');
        expect((await listAll(storage)).paths.sort()).toEqual(['folder', 'folder/file', 'to-folder', 'to-root']);
      }),
    );

    it(
      'symlinks: skip leaves them out of the listing',
      withFixture(async ({ storage }) => {
        await makeFile(storage, 'file', 'content');
        await makeLink(storage, 'link', 'file');
        expect((await listAll(storage, { symlinks: 'skip' })).paths).toEqual(['file']);
      }),
    );

    it(
      'deleting a symlink leaves what it names',
      withFixture(async ({ storage }) => {
        await makeFolder(storage, 'folder');
        await makeFile(storage, 'folder/file', 'content');
        await storage.delete(await makeLink(storage, 'link', 'folder'));
        expect(await storage.stat('link')).toBeUndefined();
        expect(await contentAt(storage, 'folder/file')).toBe('content');
      }),
    );

    it(
      'rule 2 holds for symlinks: another target is another entry (storage/changed)',
      withFixture(async ({ storage }) => {
        const old = await makeLink(storage, 'link', 'one');
        await storage.delete(old);
        await makeLink(storage, 'link', 'two');
        await expectFailure(storage.delete(old), 'storage/changed');
        expect((await mustStat(storage, 'link')).target).toBe('two');
      }),
    );
  });
}
