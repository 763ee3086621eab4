import { describe, expect, it } from 'vitest';
import { bytesOf, streamOf } from '../content.ts';
import { type ContractGroup, contentAt, expectFailure, fileEntry, listAll, makeFile, makeFolder, makeLink, mustStat } from './fixture.ts';

export function testFolders({ probe, withFixture }: ContractGroup): void {
  describe('folders', () => {
    if (probe.abilities.folders) {
      it(
        'a folder can exist with nothing in it',
        withFixture(async ({ storage }) => {
          await makeFolder(storage, 'empty');
          await makeFolder(storage, 'empty/inner');
          expect((await listAll(storage)).paths.sort()).toEqual(['empty', 'empty/inner']);
        }),
      );
    }

    it(
      'delete: a folder only when it is empty (storage/not-empty)',
      withFixture(async ({ storage }) => {
        const folder = await makeFolder(storage, 'folder');
        const file = await makeFile(storage, 'folder/file', 'content');
        await expectFailure(storage.delete(folder), 'storage/not-empty');
        expect(await contentAt(storage, 'folder/file')).toBe('content');
        await storage.delete(file);
        await storage.delete(await mustStat(storage, 'folder'));
        expect((await listAll(storage)).paths).toEqual([]);
      }),
    );

    it(
      'a folder that became a file is not deleted as a folder (storage/changed)',
      withFixture(async ({ storage }) => {
        const folder = await makeFolder(storage, 'a');
        await storage.delete(folder);
        const file = await makeFile(storage, 'a', 'content');
        await expectFailure(storage.delete(folder), 'storage/changed');
        await storage.delete(file);
        await makeFolder(storage, 'a');
        await expectFailure(storage.delete(file), 'storage/changed');
        expect((await mustStat(storage, 'a')).kind).toBe('folder');
      }),
    );

    it(
      'upload: a path changes its kind when expected says so',
      withFixture(async ({ storage }) => {
        const file = await makeFile(storage, 'a', 'content');
        const folder = await storage.upload({ ...file, kind: 'folder', size: 0, mode: 0o755, hash: undefined }, undefined, {
          expected: file,
        });
        expect((await mustStat(storage, 'a')).kind).toBe('folder');
        await makeFile(storage, 'a/inside', 'content');
        await storage.delete(await mustStat(storage, 'a/inside'));
        await storage.upload(fileEntry('a', 'again'), streamOf(bytesOf('again')), { expected: await mustStat(storage, 'a') });
        expect(folder.kind).toBe('folder');
        expect(await contentAt(storage, 'a')).toBe('again');
        if (!probe.abilities.symlinks) return;
        await storage.delete(await mustStat(storage, 'a'));
        const link = await makeLink(storage, 'a', 'elsewhere');
        await storage.upload(fileEntry('a', 'file'), streamOf(bytesOf('file')), { expected: link });
        expect(await contentAt(storage, 'a')).toBe('file');
      }),
    );

    it(
      'upload: a folder with something in it is not replaced by a file',
      withFixture(async ({ storage }) => {
        const folder = await makeFolder(storage, 'a');
        await makeFile(storage, 'a/inside', 'content');
        await expectFailure(makeFile(storage, 'a', 'file', { expected: folder }), 'storage/not-empty', 'storage/changed');
        expect(await contentAt(storage, 'a/inside')).toBe('content');
      }),
    );
  });
}
