import type { Entry, HashResult, Storage } from '@cloudsync/engine';
import { describe, expect, it } from 'vitest';
import { bytesOf, sha256 } from '../content.ts';
import { type ContractGroup, makeFile, makeFolder, mustStat } from './fixture.ts';
import { bigContent } from './reading.ts';

export function testHashing({ withFixture }: ContractGroup): void {
  const hash = (storage: Storage, entries: readonly Entry[]): Promise<HashResult[]> => {
    if (storage.hash === undefined) throw new TypeError('hash was declared a moment ago');
    return storage.hash(entries);
  };

  describe('hash: content hashes of files, in bulk', () => {
    it(
      'the answer has the order of the question',
      withFixture(async ({ storage }) => {
        await makeFolder(storage, 'folder');
        const contents: [string, Uint8Array][] = [
          ['z', bytesOf('first')],
          ['folder/big', bigContent()],
          ['empty', new Uint8Array()],
          ['a', bytesOf('last')],
        ];
        const entries: Entry[] = [];
        for (const [path, bytes] of contents) {
          await makeFile(storage, path, bytes);
          entries.push(await mustStat(storage, path));
        }
        expect(await hash(storage, entries)).toEqual(contents.map(([, bytes]) => ({ hash: sha256(bytes) })));
        expect(await hash(storage, [])).toEqual([]);
      }),
    );

    it(
      'one file that is gone or changed is an error of its own; the others have their hashes',
      withFixture(async ({ storage }) => {
        const kept = await makeFile(storage, 'kept', 'kept');
        const gone = await makeFile(storage, 'gone', 'gone');
        const old = await makeFile(storage, 'edited', 'old');
        await storage.delete(gone);
        await makeFile(storage, 'edited', 'newer', { expected: old, mtimeMs: old.mtimeMs + 10_000 });
        const results = await hash(storage, [gone, kept, old]);
        expect(results.map((result) => ('hash' in result ? result.hash : 'error'))).toEqual(['error', sha256(bytesOf('kept')), 'error']);
      }),
    );

    it(
      'agrees with the hash that upload returned',
      withFixture(async ({ storage }) => {
        const written = await makeFile(storage, 'a', 'content');
        expect(await hash(storage, [await mustStat(storage, 'a')])).toEqual([{ hash: written.hash }]);
      }),
    );
  });
}
