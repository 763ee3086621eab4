import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry } from '@cloudsync/engine';
import { expect, onTestFinished, test } from 'vitest';
import { content, fileEntry, freshRoot, plant } from '../fresh-root.test.support.ts';
import { LocalFolder, type LocalFolderOptions } from './local-folder.ts';
import { platformOf } from './platform.ts';
import { pathToRescan } from './watched-path.ts';

interface Watched {
  readonly root: string;
  readonly storage: LocalFolder;
  /** Resolves once all these were told, `undefined` standing for everything; fails by the time limit of the test. */
  readonly told: (...paths: (string | undefined)[]) => Promise<void>;
  /** All that was told up to now; forgets it. */
  readonly take: () => Set<string | undefined>;
}

async function watched(files: Record<string, string>, options: LocalFolderOptions = { platform: platformOf('linux') }): Promise<Watched> {
  const root = plant(freshRoot(), files);
  const storage = new LocalFolder(root, options);
  let all = new Set<string | undefined>();
  let onTold: () => void = () => undefined;
  const watcher = await storage.watch(({ paths = [undefined] }) => {
    for (const path of paths) all.add(path);
    onTold();
  });
  onTestFinished(() => watcher.close());
  return {
    root,
    storage,
    told: (...paths) =>
      new Promise((resolve) => {
        onTold = () => {
          if (paths.every((path) => all.has(path))) resolve();
        };
        onTold();
      }),
    take: () => {
      const taken = all;
      all = new Set();
      return taken;
    },
  };
}

/** Tells that everything before has been told too: events keep their order. */
async function settle({ root, told, take }: Watched): Promise<Set<string | undefined>> {
  const marker = `marker-${performance.now()}`;
  writeFileSync(join(root, marker), '');
  await told(marker);
  const taken = take();
  taken.delete(marker);
  return taken;
}

test('tells of files that are made, written, touched, renamed and deleted, in any folder', async () => {
  const watch = await watched({ 'a/b/old': 'x', 'a/b/gone': 'x' });
  const { root } = watch;
  writeFileSync(join(root, 'a/b/new'), 'x');
  expect(await settle(watch)).toEqual(new Set(['a/b/new']));
  chmodSync(join(root, 'a/b/new'), 0o600);
  expect(await settle(watch)).toEqual(new Set(['a/b/new']));
  renameSync(join(root, 'a/b/old'), join(root, 'a/moved'));
  rmSync(join(root, 'a/b/gone'));
  expect(await settle(watch)).toEqual(new Set(['a/b/old', 'a/moved', 'a/b/gone']));
  symlinkSync('x', join(root, 'a/link'));
  expect(await settle(watch)).toEqual(new Set(['a/link']));
});

test('a tree that appears at once is told by its top, and watched to its bottom', async () => {
  const watch = await watched({});
  const { root, told } = watch;
  mkdirSync(join(root, 'n/o/p/q'), { recursive: true });
  writeFileSync(join(root, 'n/o/p/q/early'), 'x');
  await told('n');
  await settle(watch);
  writeFileSync(join(root, 'n/o/p/q/late'), 'x');
  expect(await settle(watch)).toEqual(new Set(['n/o/p/q/late']));
});

test('a folder that is moved in from outside, or moved around, is watched where it is', async () => {
  const watch = await watched({ 'a/deep/er/f': 'x' });
  const { root } = watch;
  const outside = plant(freshRoot(), { 'tree/deep/f': 'x' });
  renameSync(join(outside, 'tree'), join(root, 'tree'));
  expect(await settle(watch)).toEqual(new Set(['tree']));
  writeFileSync(join(root, 'tree/deep/f'), 'y');
  expect(await settle(watch)).toEqual(new Set(['tree/deep/f']));
  renameSync(join(root, 'a/deep'), join(root, 'deep'));
  expect(await settle(watch)).toEqual(new Set(['a/deep', 'deep']));
  writeFileSync(join(root, 'deep/er/f'), 'y');
  expect(await settle(watch)).toEqual(new Set(['deep/er/f']));
  renameSync(join(root, 'deep'), join(root, 'a/deep'));
  await settle(watch);
  writeFileSync(join(root, 'a/deep/er/f'), 'z');
  expect(await settle(watch)).toEqual(new Set(['a/deep/er/f']));
});

test('a folder that is deleted and made again is watched', async () => {
  const watch = await watched({ 'd/e/f': 'x' });
  const { root } = watch;
  for (let round = 0; round < 3; round++) {
    rmSync(join(root, 'd'), { recursive: true });
    mkdirSync(join(root, 'd/e'), { recursive: true });
    await settle(watch);
    writeFileSync(join(root, 'd/e/f'), 'x');
    expect(await settle(watch)).toEqual(new Set(['d/e/f']));
  }
});

test("does not tell of CloudSync's own files: a sync does not wake itself by its trash", async () => {
  const watch = await watched({ f: 'x', '.sync_trash/20260101-000000/old': 'x' });
  const { root, storage } = watch;
  writeFileSync(join(root, '.sync_trash/20260101-000000/old'), 'y');
  mkdirSync(join(root, '.sync_state'));
  writeFileSync(join(root, '.sync_state/journal'), 'y');
  const expected = await storage.stat('f');
  await storage.upload(fileEntry('f', 'new'), content('new'), { expected });
  expect(await settle(watch)).toEqual(new Set(['f']));
});

test('where an engine asks for it, what was changed through the storage itself is not told, until somebody else changes it', async () => {
  const watch = await watched({ old: 'x', gone: 'x' }, { tellsOwnChanges: false });
  const { root, storage } = watch;
  const see = async (path: string): Promise<Entry> => (await storage.stat(path)) as Entry;
  await storage.upload(fileEntry('new', 'new'), content('new'), { expected: undefined });
  await storage.update(await see('new'), { mtimeMs: 5_000 });
  await storage.rename(await see('old'), 'moved', { expected: undefined });
  await storage.delete(await see('gone'));
  const other = new LocalFolder(plant(freshRoot(), { copied: 'x' }));
  const from = (await other.stat('copied')) as Entry;
  await storage.copierFrom(other)?.copy([{ from, to: from, expected: undefined }], {});
  expect(await settle(watch)).toEqual(new Set());

  writeFileSync(join(root, 'new'), 'user');
  rmSync(join(root, 'moved'));
  writeFileSync(join(root, 'gone'), 'back');
  utimesSync(join(root, 'copied'), 1, 1);
  expect(await settle(watch)).toEqual(new Set(['new', 'moved', 'gone', 'copied']));
});

test('a changed ignore file means its whole folder', async () => {
  const watch = await watched({ 'a/b/f': 'x' });
  writeFileSync(join(watch.root, 'a/b/.syncignore'), '*');
  expect(await settle(watch)).toEqual(new Set(['a/b']));
  writeFileSync(join(watch.root, '.syncignore'), '*');
  await watch.told(undefined);
});

test('a root that vanishes means everything', async () => {
  const watch = await watched({ 'a/f': 'x' });
  rmSync(watch.root, { recursive: true });
  await watch.told(undefined);
});

test('after close, nothing is told', async () => {
  const root = freshRoot();
  const storage = new LocalFolder(root);
  let calls = 0;
  const watcher = await storage.watch(() => calls++);
  await watcher.close();
  const other = await watched({});
  writeFileSync(join(root, 'f'), 'x');
  await settle(other);
  expect(calls).toBe(0);
});

test('where the system watches whole trees, changes come with the same paths', async () => {
  const watch = await watched({ 'a/b/f': 'x' }, { platform: platformOf('darwin') });
  writeFileSync(join(watch.root, 'a/b/f'), 'y');
  await watch.told('a/b/f');
  writeFileSync(join(watch.root, 'a/.syncignore'), 'y');
  await watch.told('a');
});

test.each([
  ['a/b', 'a/b'],
  ['.syncignore', ''],
  ['a/.syncignore', 'a'],
  ['.sync_trash/20260101-000000/x', undefined],
  ['a/.cloudsync-tmp-1-2-3', undefined],
  ['', ''],
])('a change at %j is to look at %j', (path, expected) => {
  expect(pathToRescan(path)).toBe(expected);
});
