import { describe, expect, it } from 'vitest';
import { bytesOf, readAll } from '../content.ts';
import { type ContractGroup, contentAt, expectFailure, fileEntry, listAll, makeFile } from './fixture.ts';
import { bigContent } from './reading.ts';

export function testCancelling({ withFixture }: ContractGroup): void {
  describe('signal: what is cancelled leaves nothing behind', () => {
    it(
      'an upload that is cancelled in the middle: the old content stays, a new path stays free',
      withFixture(async ({ storage, leftovers }) => {
        const old = await makeFile(storage, 'old', 'old content');
        for (const expected of [undefined, old]) {
          const abort = new AbortController();
          async function* content(): AsyncGenerator<Uint8Array> {
            yield bytesOf('first ');
            abort.abort();
            yield bytesOf('second');
          }
          const entry = fileEntry(expected?.path ?? 'new', 'first second');
          await expectFailure(storage.upload(entry, content(), { expected, signal: abort.signal }), 'sync/cancelled');
        }
        expect((await listAll(storage)).paths).toEqual(['old']);
        expect(await contentAt(storage, 'old')).toBe('old content');
        expect((await leftovers?.()) ?? []).toEqual([]);
        await makeFile(storage, 'new', 'content');
      }),
    );

    it(
      'a download that is cancelled in the middle ends with sync/cancelled',
      withFixture(async ({ storage }) => {
        const entry = await makeFile(storage, 'a', bigContent());
        const abort = new AbortController();
        let delivered = 0;
        const read = async (): Promise<void> => {
          for await (const piece of storage.download(entry, { signal: abort.signal })) {
            delivered += piece.length;
            abort.abort();
          }
        };
        // A storage that had it all in its first piece has nothing left to cancel.
        await read().catch((error: unknown) => expectFailure(Promise.reject(error), 'sync/cancelled'));
        expect(delivered).toBeGreaterThan(0);
        await expectFailure(readAll(storage.download(entry, { signal: AbortSignal.abort() })), 'sync/cancelled');
        expect((await readAll(storage.download(entry))).length).toBe(entry.size);
      }),
    );

    it(
      'a listing that is cancelled ends with sync/cancelled, not as if it were complete',
      withFixture(async ({ storage }) => {
        await makeFile(storage, 'a', 'content');
        await expectFailure(listAll(storage, { signal: AbortSignal.abort() }), 'sync/cancelled');
      }),
    );
  });
}
