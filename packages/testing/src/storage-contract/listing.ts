import { isOwnName, nameOf } from '@cloudsync/engine';
import { describe, expect, it } from 'vitest';
import { type ContractGroup, expectSameEntry, listAll, makeFile, makeFolder, makeLink, mustStat } from './fixture.ts';

/** `list` and `stat` tell the same story. */
export function testListing({ probe, withFixture }: ContractGroup): void {
  describe('list: everything below the root', () => {
    it(
      'an empty place lists nothing',
      withFixture(async ({ storage }) => {
        expect(await listAll(storage)).toEqual({ entries: [], paths: [], notes: [], files: 0 });
      }),
    );

    it(
      'every entry is listed once, with the files counted',
      withFixture(async ({ storage }) => {
        const made = ['folder', 'folder/inner', 'folder/inner/deep.txt', 'folder/b', 'folder.txt', 'z'];
        for (const path of made)
          await (path === 'folder' || path === 'folder/inner' ? makeFolder(storage, path) : makeFile(storage, path, path));
        const listing = await listAll(storage);
        expect([...listing.paths].sort()).toEqual([...made].sort());
        expect(listing.files).toBe(4);
      }),
    );

    it(
      'a listing is consistent with stat',
      withFixture(async ({ storage }) => {
        await makeFolder(storage, 'folder');
        await makeFile(storage, 'folder/file', 'content', { mode: 0o755 });
        await makeFile(storage, 'empty', '', { mtimeMs: 0 });
        if (probe.abilities.symlinks) await makeLink(storage, 'link', 'folder/file');
        const { entries } = await listAll(storage);
        expect(entries.length).toBe(probe.abilities.symlinks ? 4 : 3);
        for (const entry of entries) expectSameEntry(await storage.stat(entry.path), entry);
      }),
    );

    it(
      'a few thousand entries arrive in batches and none is lost',
      withFixture(async ({ storage }) => {
        const paths: string[] = [];
        for (let folder = 0; folder < 3; folder++) {
          await makeFolder(storage, `folder${folder}`);
          for (let file = 0; file < 400; file++) paths.push(`folder${folder}/file${file}`);
        }
        await Promise.all(paths.map((path) => makeFile(storage, path, path)));
        const listing = await listAll(storage);
        expect(listing.files).toBe(1200);
        expect(new Set(listing.paths).size).toBe(1203);
      }),
    );

    it(
      'only: these paths and what lies below them; a path that is gone yields nothing',
      withFixture(async ({ storage }) => {
        for (const folder of ['a', 'a/inner', 'ab', 'b']) await makeFolder(storage, folder);
        for (const file of ['a/file', 'a/inner/file', 'ab/file', 'b/file', 'c']) await makeFile(storage, file, file);
        const listed = async (...only: string[]): Promise<string[]> => (await listAll(storage, { only })).paths.sort();
        expect(await listed('a')).toEqual(['a', 'a/file', 'a/inner', 'a/inner/file']);
        expect(await listed('b/file', 'c')).toEqual(['b/file', 'c']);
        expect(await listed('gone', 'a/gone', 'c/below-a-file')).toEqual([]);
        expect(await listed('a/inner', 'a')).toEqual(['a', 'a/file', 'a/inner', 'a/inner/file']);
        expect(await listed()).toEqual([]);
      }),
    );

    it(
      'what CloudSync keeps for itself (trash, temporary files) is never listed',
      withFixture(async ({ storage }) => {
        const first = await makeFile(storage, 'a', 'first');
        const second = await makeFile(storage, 'a', 'second', { expected: first });
        await storage.delete(second);
        await makeFile(storage, 'b', 'content');
        const { paths } = await listAll(storage);
        expect(paths).toEqual(['b']);
        expect(paths.some((path) => isOwnName(nameOf(path)))).toBe(false);
      }),
    );
  });

  describe('stat: one path', () => {
    it(
      'undefined when nothing is there',
      withFixture(async ({ storage }) => {
        await makeFile(storage, 'file', 'content');
        expect(await storage.stat('nothing')).toBeUndefined();
        expect(await storage.stat('no/folder/either')).toBeUndefined();
        expect(await storage.stat('file/below-a-file')).toBeUndefined();
      }),
    );

    it(
      'says kind and size: bytes of content, 0 for folders and symlinks',
      withFixture(async ({ storage }) => {
        await makeFile(storage, 'file', 'seven b');
        await makeFolder(storage, 'folder');
        expect(await mustStat(storage, 'file')).toMatchObject({ path: 'file', kind: 'file', size: 7 });
        expect(await mustStat(storage, 'folder')).toMatchObject({ path: 'folder', kind: 'folder', size: 0 });
        if (!probe.abilities.symlinks) return;
        await makeLink(storage, 'link', 'file');
        expect(await mustStat(storage, 'link')).toMatchObject({ path: 'link', kind: 'symlink', size: 0, target: 'file' });
      }),
    );

    it(
      'an entry that nobody touched stays the same, and one that was written does not',
      withFixture(async ({ storage }) => {
        const written = await makeFile(storage, 'a', 'first');
        const bystander = await makeFile(storage, 'b', 'other');
        expectSameEntry(await storage.stat('a'), written);
        await makeFile(storage, 'a', 'again', { expected: written, mtimeMs: written.mtimeMs + 4000 });
        expectSameEntry(await storage.stat('b'), bystander);
        expect(
          (await mustStat(storage, 'a')).mtimeMs === written.mtimeMs && (await mustStat(storage, 'a')).version === written.version,
        ).toBe(probe.abilities.mtimeStepMs === undefined && written.version === undefined);
      }),
    );

    it(
      'version: changes whenever the content does, even at the same size and mtime',
      withFixture(async ({ storage }) => {
        const first = await makeFile(storage, 'a', 'one');
        const second = await makeFile(storage, 'a', 'two', { expected: first });
        if (first.version === undefined) expect(second.version).toBeUndefined();
        else expect(second.version).not.toBe(first.version);
      }),
    );
  });
}
