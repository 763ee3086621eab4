import type { Storage } from '@cloudsync/engine';
import { describe, expect, it } from 'vitest';
import { type ContractGroup, contentAt, expectFailure, expectSameEntry, listAll, makeFile, makeFolder, mustStat } from './fixture.ts';

export function testCopyingWithin({ withFixture }: ContractGroup): void {
  const copyWithin = (storage: Storage, ...args: Parameters<NonNullable<Storage['copyWithin']>>) => {
    if (storage.copyWithin === undefined) throw new TypeError('copyWithin was declared a moment ago');
    return storage.copyWithin(...args);
  };
  const nothing = { expected: undefined };

  describe('copyWithin: does what upload does, with the content of another file of this storage', () => {
    it(
      'the copy has its own path and attributes, and the other file stays as it is',
      withFixture(async ({ storage }) => {
        await makeFolder(storage, 'folder');
        const original = await makeFile(storage, 'a', 'content');
        const copy = await copyWithin(storage, original, { ...original, path: 'folder/b', mtimeMs: 86_400_000, mode: 0o600 }, nothing);
        expectSameEntry(await storage.stat('folder/b'), copy);
        expect(copy).toMatchObject({ path: 'folder/b', size: 7, mtimeMs: 86_400_000 });
        expectSameEntry(await storage.stat('a'), original);
        expect(await contentAt(storage, 'folder/b')).toBe('content');
        await storage.delete(original);
        expect(await contentAt(storage, 'folder/b')).toBe('content');
      }),
    );

    it(
      'over what expected describes, and over nothing else',
      withFixture(async ({ storage }) => {
        const original = await makeFile(storage, 'a', 'content');
        const target = await makeFile(storage, 'b', 'replaced');
        await expectFailure(copyWithin(storage, original, { ...original, path: 'b' }, nothing), 'storage/changed');
        expect(await contentAt(storage, 'b')).toBe('replaced');
        await copyWithin(storage, original, { ...original, path: 'b' }, { expected: target });
        expect(await contentAt(storage, 'b')).toBe('content');
      }),
    );

    it(
      'never with another content than the entry says, nor of a file that is another one now',
      withFixture(async ({ storage }) => {
        const original = await makeFile(storage, 'a', 'content');
        const hash = '0'.repeat(64);
        await expectFailure(copyWithin(storage, original, { ...original, path: 'b', hash }, nothing), 'storage/corrupt-transfer');
        await makeFile(storage, 'a', 'edited!', { expected: original, mtimeMs: 86_400_000 });
        await expectFailure(copyWithin(storage, original, { ...original, path: 'b' }, nothing), 'storage/changed');
        await storage.delete(await mustStat(storage, 'a'));
        await expectFailure(copyWithin(storage, original, { ...original, path: 'b' }, nothing), 'storage/not-found');
        expect((await listAll(storage)).paths).toEqual([]);
      }),
    );
  });
}
