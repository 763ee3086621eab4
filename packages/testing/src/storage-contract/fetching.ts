import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SyncError } from '@cloudsync/engine';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../content.ts';
import { type ContractGroup, makeFile, mustStat } from './fixture.ts';
import { bigContent } from './reading.ts';

export function testFetching({ withFixture }: ContractGroup): void {
  describe('fetchFiles: the content of many files at once, for a receiver on this machine', () => {
    it(
      'gives files the time and mode that they shall have, where it says so',
      withFixture(async ({ storage, scratch }) => {
        if (storage.fetchFiles === undefined || scratch === undefined) throw new TypeError('fetchFiles was declared a moment ago');
        for (const [path, bytes] of Object.entries({ empty: new Uint8Array(), small: 'small', big: bigContent() }))
          await makeFile(storage, path, bytes);
        const attributes = { mtimeMs: -86_400_123, mode: 0o440 };
        for (const path of ['empty', 'small', 'big']) {
          const target = join(scratch, path);
          const [result] = await storage.fetchFiles([{ entry: await mustStat(storage, path), target, attributes }], {});
          if (result === undefined || 'error' in result) throw result?.error ?? new Error('no answer');
          const { mtimeMs, mode } = await stat(target);
          if (result.hasAttributes === true) expect({ mtimeMs, mode: mode & 0o7777 }).toEqual(attributes);
          else expect(mode & 0o077).toBe(0);
        }
      }),
    );

    it(
      'writes new files with exactly that content; one that fails does not stop the others',
      withFixture(async ({ storage, scratch }) => {
        if (storage.fetchFiles === undefined || scratch === undefined) throw new TypeError('fetchFiles was declared a moment ago');
        const contents = { empty: new Uint8Array(), small: new TextEncoder().encode('small'), big: bigContent() };
        for (const [path, bytes] of Object.entries(contents)) await makeFile(storage, path, bytes);
        await storage.flush?.();
        await makeFile(storage, 'new', 'not flushed yet');
        const old = await makeFile(storage, 'edited', 'old');
        await makeFile(storage, 'edited', 'edited', { expected: old, mtimeMs: old.mtimeMs + 10_000 });
        const paths = [...Object.keys(contents), 'new'];
        const jobs = await Promise.all(paths.map(async (path) => ({ entry: await mustStat(storage, path), target: join(scratch, path) })));
        let count = 0;
        const onBytes = (bytes: number): void => {
          count += bytes;
        };
        const results = await storage.fetchFiles([{ entry: old, target: join(scratch, 'edited') }, ...jobs], { onBytes });
        const [failed, ...fetched] = results;
        expect(failed !== undefined && 'error' in failed && SyncError.is(failed.error, 'storage/changed')).toBe(true);
        await expect(readFile(join(scratch, 'edited'))).rejects.toThrow('ENOENT');
        for (const [index, path] of paths.entries()) {
          const bytes = await readFile(join(scratch, path));
          expect(fetched[index]).toMatchObject({ hash: sha256(bytes) });
        }
        expect(Buffer.compare(await readFile(join(scratch, 'big')), contents.big)).toBe(0);
        expect(count).toBeGreaterThanOrEqual(contents.big.length + 'small'.length);
      }),
    );
  });
}
