import { comparePaths } from '@cloudsync/engine';
import { describe, expect, it } from 'vitest';
import { type ContractGroup, listAll, makeFile, makeFolder } from './fixture.ts';

export function testScanning({ withFixture }: ContractGroup): void {
  describe('scans: list yields in path order and applies ignore rules itself', () => {
    it(
      'path order: a depth-first walk with the names of each folder sorted by UTF-16 code unit',
      withFixture(async ({ storage }) => {
        for (const folder of ['a', 'a.b', 'a/z', 'b', 'é', 'Z']) await makeFolder(storage, folder);
        for (const file of ['a/z/1', 'a/y', 'a.txt', 'a b', 'a.b/x', 'b/10', 'b/9', '\u{1f600}', '\uffee', 'é/1', 'Z/1'])
          await makeFile(storage, file, file);
        const { paths } = await listAll(storage);
        expect(paths.length).toBe(17);
        expect(paths).toEqual([...paths].sort(comparePaths));
      }),
    );

    it(
      'ignore: gitignore lines from outside',
      withFixture(async ({ storage }) => {
        for (const folder of ['build', 'src', 'src/build']) await makeFolder(storage, folder);
        for (const file of ['build/out', 'src/build/out', 'src/a.log', 'keep.log', 'src/a']) await makeFile(storage, file, file);
        const { paths } = await listAll(storage, { ignore: ['*.log', '!keep.log', '/build/'] });
        expect(paths.sort()).toEqual(['keep.log', 'src', 'src/a', 'src/build', 'src/build/out']);
      }),
    );

    it(
      'ignore files hold in their folder and below; the deeper file outranks the higher; patterns from outside outrank both',
      withFixture(async ({ storage }) => {
        for (const folder of ['a', 'a/b']) await makeFolder(storage, folder);
        await makeFile(storage, '.syncignore', '*.tmp\n/only-here\n');
        await makeFile(storage, 'a/.syncignore', '!b/*.tmp\n');
        for (const file of ['x.tmp', 'only-here', 'a/only-here', 'a/x.tmp', 'a/b/x.tmp', 'a/b/y.tmp']) await makeFile(storage, file, file);
        const { paths } = await listAll(storage, { ignore: ['y.tmp'] });
        expect(paths.sort()).toEqual(['.syncignore', 'a', 'a/.syncignore', 'a/b', 'a/b/x.tmp', 'a/only-here']);
      }),
    );

    it(
      'a note ignore-file gives the text of each ignore file that is in force',
      withFixture(async ({ storage }) => {
        await makeFolder(storage, 'a');
        await makeFolder(storage, 'hidden');
        await makeFile(storage, '.syncignore', 'hidden\n');
        await makeFile(storage, 'a/.syncignore', '# nothing\n');
        await makeFile(storage, 'hidden/.syncignore', 'never read\n');
        const notes = (await listAll(storage)).notes.filter(({ type }) => type === 'ignore-file');
        expect(notes.sort((x, y) => comparePaths(x.path, y.path))).toEqual([
          { type: 'ignore-file', path: '.syncignore', text: 'hidden\n' },
          { type: 'ignore-file', path: 'a/.syncignore', text: '# nothing\n' },
        ]);
      }),
    );

    it(
      'a note holds-ignored names each folder that directly holds something ignored',
      withFixture(async ({ storage }) => {
        for (const folder of ['a', 'a/b', 'c', 'c/ignored']) await makeFolder(storage, folder);
        for (const file of ['a/b/x.tmp', 'a/kept', 'c/ignored/file']) await makeFile(storage, file, file);
        const { notes } = await listAll(storage, { ignore: ['*.tmp', 'ignored'] });
        const holders = notes.filter(({ type }) => type === 'holds-ignored').map(({ path }) => path);
        expect(holders.sort()).toEqual(['a/b', 'c']);
      }),
    );

    it(
      'only: the rules of the folders above hold',
      withFixture(async ({ storage }) => {
        for (const folder of ['a', 'a/b', 'x']) await makeFolder(storage, folder);
        await makeFile(storage, '.syncignore', '*.tmp\nx\n');
        await makeFile(storage, 'a/.syncignore', '/b/secret\n');
        for (const file of ['a/b/x.tmp', 'a/b/secret', 'a/b/file', 'x/file']) await makeFile(storage, file, file);
        expect((await listAll(storage, { only: ['a/b'] })).paths.sort()).toEqual(['a/b', 'a/b/file']);
        expect((await listAll(storage, { only: ['a/b/secret', 'x/file'] })).paths).toEqual([]);
      }),
    );
  });
}
