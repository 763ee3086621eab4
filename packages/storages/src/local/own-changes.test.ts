import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freshRoot, plant } from '../fresh-root.test.support.ts';
import { OwnChanges } from './own-changes.ts';
import { entryNow, type Place } from './place.ts';
import { RealFolders } from './real-folders.ts';

function placeOf(root: string): Place {
  return { root, folders: new RealFolders(root), trash: undefined, modes: true, follow: false, umask: 0o22 };
}

function foreign(own: OwnChanges, paths: readonly string[], place: Place): readonly string[] {
  const told: string[] = [];
  own.tellForeign(
    { paths },
    () => place,
    (change) => told.push(...(change.paths ?? ['everything'])),
  );
  return told;
}

test('what is as it was left is not foreign; everything else is', () => {
  const root = plant(freshRoot(), { a: 'x', b: 'x', 'd/': '' });
  const place = placeOf(root);
  const own = new OwnChanges();
  for (const path of ['a', 'b']) own.made(entryNow(place, path));
  own.updated(entryNow(place, 'd'));
  own.deleted('gone');
  expect(foreign(own, ['a', 'b', 'd', 'gone', 'other'], place)).toEqual(['other']);
  writeFileSync(join(root, 'a'), 'longer');
  rmSync(join(root, 'b'));
  chmodSync(join(root, 'd'), 0o700);
  symlinkSync('x', join(root, 'gone'));
  expect(foreign(own, ['a', 'b', 'd', 'gone'], place)).toEqual(['a', 'b', 'd', 'gone']);
});

test('a new folder is foreign for a while: what others put into it at once is told by its path alone', () => {
  const place = placeOf(freshRoot());
  let nowMs = 0;
  const own = new OwnChanges(() => nowMs);
  mkdirSync(join(place.root, 'd'));
  own.made(entryNow(place, 'd'));
  own.updated(entryNow(place, 'd'));
  expect(foreign(own, ['d'], place)).toEqual(['d']);
  nowMs = 60_000;
  own.updated(entryNow(place, 'd'));
  expect(foreign(own, ['d'], place)).toEqual([]);
});

test('what was done first is forgotten first', () => {
  const place = placeOf(freshRoot());
  const own = new OwnChanges();
  for (let n = 0; n <= 20_000; n++) own.deleted(`${n}`);
  expect(foreign(own, ['0', '1', '20000'], place)).toEqual(['0']);
});

test('what is told while something is being written waits until it is known whose it was', async () => {
  const root = plant(freshRoot(), { theirs: 'x' });
  const place = placeOf(root);
  const own = new OwnChanges();
  const told: (readonly string[] | undefined)[] = [];
  const tell = (paths: readonly string[] | undefined): void =>
    own.tellForeign(
      { paths },
      () => place,
      (change) => told.push(change.paths),
    );
  const done = Promise.withResolvers<void>();
  const writing = own.during(async () => {
    writeFileSync(join(root, 'ours'), 'x');
    await done.promise;
    own.made(entryNow(place, 'ours'));
  });
  tell(['ours', 'theirs']);
  tell(undefined);
  expect(told).toEqual([]);
  done.resolve();
  await writing;
  expect(told).toEqual([['theirs'], undefined]);
  await expect(own.during(() => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
  tell(['theirs']);
  expect(told.at(-1)).toEqual(['theirs']);
});
