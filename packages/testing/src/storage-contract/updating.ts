import type { Attributes, Entry, Storage } from '@cloudsync/engine';
import { describe, expect, it } from 'vitest';
import { type ContractGroup, contentAt, expectFailure, expectSameEntry, makeFile, makeFolder, mustStat } from './fixture.ts';

export function testUpdating({ probe, withFixture }: ContractGroup): void {
  const { mtimeStepMs, modes } = probe.abilities;
  const update = (storage: Storage, entry: Entry, attributes: Attributes): Promise<Entry> => {
    if (storage.update === undefined) throw new TypeError('update was declared a moment ago');
    return storage.update(entry, attributes);
  };

  describe('update: sets mtime and permission bits without touching content', () => {
    if (mtimeStepMs !== undefined) {
      for (const mtimeMs of [0, -86_400_000, 1_700_000_000_000, Date.UTC(2100, 0, 1)]) {
        it(
          `mtime ${new Date(mtimeMs).toISOString()}`,
          withFixture(async ({ storage }) => {
            const entry = await makeFile(storage, 'a', 'content');
            const updated = await update(storage, entry, { mtimeMs });
            expect(Math.abs(updated.mtimeMs - mtimeMs)).toBeLessThan(Math.max(mtimeStepMs, 0.002));
            expect(updated.mode).toBe(entry.mode);
            expectSameEntry(await storage.stat('a'), updated);
            expect(await contentAt(storage, 'a')).toBe('content');
          }),
        );
      }
    }

    if (modes) {
      it(
        'permission bits, of files and of folders',
        withFixture(async ({ storage }) => {
          const file = await makeFile(storage, 'a', 'content');
          const updated = await update(storage, file, { mode: 0o755 });
          expect(updated).toMatchObject({ mode: 0o755, mtimeMs: file.mtimeMs, size: 7 });
          expect(await contentAt(storage, 'a')).toBe('content');
          const folder = await makeFolder(storage, 'folder');
          expect((await update(storage, folder, { mode: 0o700 })).mode).toBe(0o700);
          expect((await mustStat(storage, 'folder')).mode).toBe(0o700);
        }),
      );
    }

    it(
      'rule 2: an entry that was edited since is not touched (storage/changed), one that is gone is an error',
      withFixture(async ({ storage }) => {
        const old = await makeFile(storage, 'a', 'old');
        const edited = await makeFile(storage, 'a', 'edited', { expected: old, mtimeMs: old.mtimeMs + 10_000 });
        await expectFailure(update(storage, old, { mtimeMs: 0 }), 'storage/changed');
        expectSameEntry(await storage.stat('a'), edited);
        await storage.delete(edited);
        await expectFailure(update(storage, edited, { mtimeMs: 0 }), 'storage/not-found', 'storage/changed');
        expect(await storage.stat('a')).toBeUndefined();
      }),
    );
  });
}
