import { describe, expect, it } from 'vitest';
import { bytesOf, sha256 } from '../content.ts';
import { bytesAt, type ContractGroup, contentAt, listAll, makeFile, makeFolder, type StorageFixture } from './fixture.ts';
import { bigContent } from './reading.ts';

export function testDurability({ fixture, withFixture }: ContractGroup): void {
  const cut = async ({ powerCut }: StorageFixture) => {
    if (powerCut === undefined) throw new TypeError('powerCut was offered a moment ago');
    return powerCut();
  };

  describe('rule 5: after flush returns, everything written before it survives a power cut', () => {
    it(
      'flush works on an empty place, after writes, and twice',
      withFixture(async ({ storage }) => {
        await storage.flush?.();
        await makeFile(storage, 'a', 'content');
        await storage.flush?.();
        await storage.flush?.();
        expect(await contentAt(storage, 'a')).toBe('content');
      }),
    );

    if (fixture.powerCut !== undefined) {
      it(
        'uploads, renames, updates and deletes survive',
        withFixture(async (fresh) => {
          const { storage } = fresh;
          await makeFolder(storage, 'folder');
          const gone = await makeFile(storage, 'gone', 'gone');
          const kept = await makeFile(storage, 'kept', 'kept');
          await storage.delete(gone);
          await storage.rename?.(kept, 'folder/renamed', { expected: undefined });
          await storage.flush?.();
          const after = await cut(fresh);
          const { paths } = await listAll(after);
          const renamed = storage.rename === undefined ? 'kept' : 'folder/renamed';
          expect(paths.sort()).toEqual(['folder', renamed].sort());
          expect(await contentAt(after, renamed)).toBe('kept');
        }),
      );

      it(
        'before a flush it may be undone, as a whole: no path holds a part (rule 1)',
        withFixture(async (fresh) => {
          const old = await makeFile(fresh.storage, 'replaced', 'old content');
          await fresh.storage.flush?.();
          await makeFile(fresh.storage, 'replaced', bigContent(1), { expected: old });
          await makeFile(fresh.storage, 'new', bigContent(2));
          const after = await cut(fresh);
          const contentOf = async (path: string): Promise<string | undefined> =>
            (await after.stat(path)) === undefined ? undefined : sha256(await bytesAt(after, path));
          expect([sha256(bytesOf('old content')), sha256(bigContent(1))]).toContain(await contentOf('replaced'));
          expect([undefined, sha256(bigContent(2))]).toContain(await contentOf('new'));
        }),
      );

      it(
        'a power cut without a flush keeps what was flushed before',
        withFixture(async (fresh) => {
          await makeFile(fresh.storage, 'safe', 'content');
          await fresh.storage.flush?.();
          await makeFile(fresh.storage, 'unsafe', 'content');
          const after = await cut(fresh);
          expect((await listAll(after)).paths).toContain('safe');
          expect(await contentAt(after, 'safe')).toBe('content');
        }),
      );
    }
  });
}
