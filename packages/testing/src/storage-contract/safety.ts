import { type Entry, SyncError } from '@cloudsync/engine';
import { describe, expect, it } from 'vitest';
import { readAll } from '../content.ts';
import { type ContractGroup, contentAt, expectFailure, listAll, makeFile, makeFolder, makeLink, mustStat } from './fixture.ts';

const UNSAFE = ['', '.', '..', '../outside', 'a/../../outside', 'a/..', './a', '/outside', 'a//b', 'a/', 'nul\0byte', 'a/./b'];

export function testSafety({ probe, withFixture }: ContractGroup): void {
  describe('rule 3: nothing is written outside the root', () => {
    for (const path of UNSAFE) {
      it(
        `every path passes assertSafePath: ${JSON.stringify(path)} (path/unsafe)`,
        withFixture(async ({ storage }) => {
          await makeFolder(storage, 'a');
          const entry = await makeFile(storage, 'file', 'content');
          await expectFailure(makeFile(storage, path, 'content'), 'path/unsafe');
          await expectFailure(makeFolder(storage, path), 'path/unsafe');
          await expectFailure(storage.delete({ ...entry, path }), 'path/unsafe');
          await expectFailure(readAll(storage.download({ ...entry, path })), 'path/unsafe');
          if (storage.rename !== undefined) await expectFailure(storage.rename(entry, path, { expected: undefined }), 'path/unsafe');
          if (storage.update !== undefined) await expectFailure(storage.update({ ...entry, path }, { mtimeMs: 0 }), 'path/unsafe');
          expect((await listAll(storage)).paths.sort()).toEqual(['a', 'file']);
        }),
      );
    }

    if (probe.abilities.symlinks) {
      for (const target of ['folder', '..']) {
        it(
          `no write goes through a symlink: to ${JSON.stringify(target)}`,
          withFixture(async ({ storage }) => {
            await makeFolder(storage, 'folder');
            const inside = await makeFile(storage, 'folder/inside', 'content');
            await makeLink(storage, 'link', target);
            const through: Entry = { ...inside, path: 'link/inside' };
            const other = await makeFile(storage, 'other', 'other');
            await expectFailure(makeFile(storage, 'link/new', 'content'));
            await expectFailure(makeFolder(storage, 'link/new'));
            await expectFailure(makeFile(storage, 'link/inside', 'content', { expected: through }));
            if (storage.rename !== undefined) {
              await expectFailure(storage.rename(other, 'link/new', { expected: undefined }));
              await expectFailure(storage.rename(through, 'taken-out', { expected: undefined }));
            }
            if (storage.update !== undefined) await expectFailure(storage.update(through, { mtimeMs: 0 }));
            await storage.delete(through).catch((error: unknown) => expect(SyncError.is(error)).toBe(true));
            expect((await listAll(storage)).paths.sort()).toEqual(['folder', 'folder/inside', 'link', 'other']);
            expect(await contentAt(storage, 'folder/inside')).toBe('content');
            expect((await mustStat(storage, 'folder/inside')).mtimeMs).toBe(inside.mtimeMs);
          }),
        );
      }

      it(
        'no write goes into the file that a symlink names: the symlink itself is replaced',
        withFixture(async ({ storage }) => {
          await makeFile(storage, 'file', 'content');
          const link = await makeLink(storage, 'link', 'file');
          await makeFile(storage, 'link', 'replaced', { expected: link });
          expect(await contentAt(storage, 'file')).toBe('content');
          expect(await contentAt(storage, 'link')).toBe('replaced');
        }),
      );
    }
  });
}
