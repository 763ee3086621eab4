import type { Storage } from '@cloudsync/engine';
import { describe, expect, it } from 'vitest';
import {
  type ContractGroup,
  contentAt,
  expectFailure,
  expectSameEntry,
  listAll,
  makeFile,
  makeFolder,
  makeLink,
  mustStat,
} from './fixture.ts';

export function testRenaming({ probe, withFixture }: ContractGroup): void {
  const rename = (storage: Storage, ...args: Parameters<NonNullable<Storage['rename']>>): ReturnType<NonNullable<Storage['rename']>> => {
    if (storage.rename === undefined) throw new TypeError('rename was declared a moment ago');
    return storage.rename(...args);
  };
  const nothing = { expected: undefined };

  describe('rename: moves a file, symlink or whole folder', () => {
    it(
      'a file, to another name and to another folder; returns the entry as it now is',
      withFixture(async ({ storage }) => {
        await makeFolder(storage, 'folder');
        const entry = await makeFile(storage, 'a', 'content', { mode: 0o755, mtimeMs: 86_400_000 });
        const renamed = await rename(storage, entry, 'b', nothing);
        expectSameEntry(await storage.stat('b'), renamed);
        expect(renamed).toMatchObject({ path: 'b', kind: 'file', size: 7, mtimeMs: entry.mtimeMs, mode: entry.mode });
        await rename(storage, renamed, 'folder/c', nothing);
        expect((await listAll(storage)).paths.sort()).toEqual(['folder', 'folder/c']);
        expect(await contentAt(storage, 'folder/c')).toBe('content');
      }),
    );

    it(
      'a folder with everything in it',
      withFixture(async ({ storage }) => {
        const folder = await makeFolder(storage, 'folder');
        await makeFolder(storage, 'folder/inner');
        const inside = await makeFile(storage, 'folder/inner/file', 'content');
        await makeFolder(storage, 'empty');
        await rename(storage, folder, 'empty/moved', nothing);
        expect((await listAll(storage)).paths.sort()).toEqual(['empty', 'empty/moved', 'empty/moved/inner', 'empty/moved/inner/file']);
        expect(await contentAt(storage, 'empty/moved/inner/file')).toBe('content');
        expect((await mustStat(storage, 'empty/moved/inner/file')).mtimeMs).toBe(inside.mtimeMs);
      }),
    );

    it(
      'id stays with a file or folder when it is renamed',
      withFixture(async ({ storage }) => {
        const file = await makeFile(storage, 'a', 'content');
        const folder = await makeFolder(storage, 'folder');
        expect((await rename(storage, file, 'b', nothing)).id).toBe(file.id);
        expect((await rename(storage, folder, 'moved', nothing)).id).toBe(folder.id);
        if (file.id !== undefined) expect((await makeFile(storage, 'a', 'content')).id).not.toBe(file.id);
      }),
    );

    it(
      'a change of case or of Unicode form only',
      withFixture(async ({ storage }) => {
        for (const [from, to] of [
          ['name', 'NAME'],
          ['caf\u00e9', 'Caf\u00e9'],
        ] as const) {
          const entry = await makeFile(storage, from, from);
          await rename(storage, entry, to, nothing);
          expect((await listAll(storage)).paths.map((path) => path.normalize('NFC'))).toContain(to);
          expect((await listAll(storage)).paths.map((path) => path.normalize('NFC'))).not.toContain(from);
          expect(await contentAt(storage, to)).toBe(from);
        }
        const folder = await makeFolder(storage, 'folder');
        await makeFile(storage, 'folder/file', 'content');
        await rename(storage, folder, 'Folder', nothing);
        expect((await listAll(storage, { only: ['Folder'] })).paths.sort()).toEqual(['Folder', 'Folder/file']);
      }),
    );

    it(
      'over what expected describes: it is replaced',
      withFixture(async ({ storage }) => {
        const entry = await makeFile(storage, 'a', 'content');
        const target = await makeFile(storage, 'b', 'replaced');
        await rename(storage, entry, 'b', { expected: target });
        expect((await listAll(storage)).paths).toEqual(['b']);
        expect(await contentAt(storage, 'b')).toBe('content');
      }),
    );

    it(
      'storage/changed when the target is not expected, and both files are intact',
      withFixture(async ({ storage }) => {
        const entry = await makeFile(storage, 'a', 'content');
        const target = await makeFile(storage, 'b', 'old');
        await expectFailure(rename(storage, entry, 'b', nothing), 'storage/changed');
        await makeFile(storage, 'b', 'edited', { expected: target, mtimeMs: target.mtimeMs + 10_000 });
        await expectFailure(rename(storage, entry, 'b', { expected: target }), 'storage/changed');
        const missing = { ...target, path: 'c' };
        await expectFailure(rename(storage, entry, 'c', { expected: missing }), 'storage/changed');
        expect((await listAll(storage)).paths.sort()).toEqual(['a', 'b']);
        expect(await contentAt(storage, 'a')).toBe('content');
        expect(await contentAt(storage, 'b')).toBe('edited');
      }),
    );

    it(
      'what was edited since is not moved (storage/changed), and what is gone is an error',
      withFixture(async ({ storage }) => {
        const old = await makeFile(storage, 'a', 'old');
        const edited = await makeFile(storage, 'a', 'edited', { expected: old, mtimeMs: old.mtimeMs + 10_000 });
        await expectFailure(rename(storage, old, 'b', nothing), 'storage/changed');
        expect(await contentAt(storage, 'a')).toBe('edited');
        await storage.delete(edited);
        await expectFailure(rename(storage, edited, 'b', nothing), 'storage/not-found', 'storage/changed');
        expect((await listAll(storage)).paths).toEqual([]);
      }),
    );

    it(
      'creates no parents, and never moves a folder into itself',
      withFixture(async ({ storage }) => {
        const folder = await makeFolder(storage, 'folder');
        const file = await makeFile(storage, 'folder/file', 'content');
        await expectFailure(rename(storage, file, 'no/such/file', nothing), 'storage/not-found');
        await expectFailure(rename(storage, folder, 'folder/inside', nothing));
        expect((await listAll(storage)).paths.sort()).toEqual(['folder', 'folder/file']);
        expect(await contentAt(storage, 'folder/file')).toBe('content');
      }),
    );

    it(
      'never replaces a folder that holds something',
      withFixture(async ({ storage }) => {
        const full = await makeFolder(storage, 'full');
        await makeFile(storage, 'full/file', 'content');
        const folder = await makeFolder(storage, 'folder');
        const file = await makeFile(storage, 'file', 'content');
        await expectFailure(rename(storage, folder, 'full', { expected: full }));
        await expectFailure(rename(storage, file, 'full', { expected: full }));
        expect((await listAll(storage)).paths.sort()).toEqual(['file', 'folder', 'full', 'full/file']);
      }),
    );

    if (probe.abilities.symlinks) {
      it(
        'a symlink moves itself, not what it names',
        withFixture(async ({ storage }) => {
          await makeFile(storage, 'file', 'content');
          const link = await makeLink(storage, 'link', 'file');
          await rename(storage, link, 'moved', nothing);
          expect((await listAll(storage)).paths.sort()).toEqual(['file', 'moved']);
          expect(await mustStat(storage, 'moved')).toMatchObject({ kind: 'symlink', target: 'file' });
        }),
      );
    }
  });
}
