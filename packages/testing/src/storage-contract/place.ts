import { describe, expect, it } from 'vitest';
import { type ContractGroup, expectFailure, listAll, makeFile } from './fixture.ts';

/** The place itself: its identity and what happens when it is gone. */
export function testPlace({ fixture: { reopen, loseRoot }, withFixture }: ContractGroup): void {
  describe('the place', () => {
    it(
      'identity stays the same while the place does',
      withFixture(async ({ storage }) => {
        const before = await storage.identity();
        await makeFile(storage, 'a', 'content');
        expect(await storage.identity()).toBe(before);
        expect(before).not.toBe('');
      }),
    );

    it(
      'identity tells two places apart',
      withFixture(async ({ storage }) =>
        withFixture(async ({ storage: another }) => {
          expect(await another.identity()).not.toBe(await storage.identity());
        })(),
      ),
    );

    it(
      'url names the place for people and holds no secret',
      withFixture(async ({ storage }) => {
        expect(storage.url).not.toBe('');
        expect(storage.url).not.toMatch(/\/\/[^/]*:[^/]*@/);
      }),
    );

    if (reopen !== undefined) {
      it(
        'what was written is there for the next client, at the same identity',
        withFixture(async (fixture) => {
          await makeFile(fixture.storage, 'kept', 'content');
          const identity = await fixture.storage.identity();
          await fixture.storage.close?.();
          const again = await fixture.reopen?.();
          if (again === undefined) throw new TypeError('reopen gave nothing');
          expect(await again.identity()).toBe(identity);
          expect((await listAll(again)).paths).toEqual(['kept']);
          await again.close?.();
        }),
      );
    }

    if (loseRoot !== undefined) {
      it(
        'a root that is gone is an error (storage/root-missing), never an empty listing',
        withFixture(async (fixture) => {
          await makeFile(fixture.storage, 'a', 'content');
          await fixture.loseRoot?.();
          await expectFailure(fixture.storage.identity(), 'storage/root-missing');
          await expectFailure(listAll(fixture.storage), 'storage/root-missing');
        }),
      );
    }
  });
}
