import { type Copier, type CopyResult, type Entry, SyncError } from '@cloudsync/engine';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../content.ts';
import {
  bytesAt,
  type ContractGroup,
  contentAt,
  expectSameEntry,
  fileEntry,
  makeFile,
  makeFolder,
  mustStat,
  type StorageFixture,
} from './fixture.ts';
import { bigContent } from './reading.ts';

export function testCopying({ withFixture }: ContractGroup): void {
  const open = ({ storage, other }: StorageFixture) => {
    const copier: Copier | undefined = other === undefined ? undefined : storage.copierFrom?.(other);
    if (copier === undefined || other === undefined) throw new TypeError('copierFrom was declared a moment ago');
    return { storage, other, copier };
  };
  const errorOf = (result: CopyResult | undefined): string => {
    if (result === undefined || !('error' in result)) return 'no error';
    return SyncError.is(result.error) ? result.error.code : String(result.error);
  };
  const target = (from: Entry, path: string): Entry => ({ ...from, path, id: undefined, version: undefined });

  describe('copierFrom: a shorter way for bytes between two storages', () => {
    it(
      'copies many files in one call; from is the giver with its hash, to the receiver as it was written',
      withFixture(async (fixture) => {
        const { storage, other, copier } = open(fixture);
        await makeFolder(storage, 'folder');
        const contents = { empty: new Uint8Array(), small: new TextEncoder().encode('small'), big: bigContent() };
        const jobs = [];
        for (const [path, bytes] of Object.entries(contents)) {
          const from = await makeFile(other, path, bytes, { mtimeMs: 86_400_000, mode: 0o755 });
          jobs.push({ from, to: target(from, `folder/${path}`), expected: undefined });
        }
        const results = await copier.copy(jobs, {});
        for (const [index, [path, bytes]] of Object.entries(contents).entries()) {
          const result = results[index];
          if (result === undefined || 'error' in result) throw new Error(`${path}: ${errorOf(result)}`);
          expect(result.from).toMatchObject({ path, hash: sha256(bytes) });
          expect(result.to).toMatchObject({ path: `folder/${path}`, hash: sha256(bytes), size: bytes.length });
          expectSameEntry(await storage.stat(`folder/${path}`), result.to);
          expect(Buffer.compare(await bytesAt(storage, `folder/${path}`), bytes)).toBe(0);
        }
        expect((await mustStat(storage, 'folder/small')).mtimeMs).toBe(86_400_000);
      }),
    );

    it(
      'counts every byte',
      withFixture(async (fixture) => {
        const { other, copier } = open(fixture);
        const jobs = [];
        for (const path of ['a', 'b']) {
          const from = await makeFile(other, path, bigContent());
          jobs.push({ from, to: target(from, path), expected: undefined });
        }
        let bytes = 0;
        await copier.copy(jobs, {
          onBytes: (count) => {
            bytes += count;
          },
        });
        expect(bytes).toBe(2 * bigContent().length);
      }),
    );

    it(
      'has every rule of download and upload; a job that fails does not stop the others',
      withFixture(async (fixture) => {
        const { storage, other, copier } = open(fixture);
        const fine = await makeFile(other, 'fine', 'fine');
        const gone = await makeFile(other, 'gone', 'gone');
        await other.delete(gone);
        const old = await makeFile(other, 'edited', 'old');
        await makeFile(other, 'edited', 'edited', { expected: old, mtimeMs: old.mtimeMs + 10_000 });
        await makeFile(storage, 'taken', 'not expected');
        const replaced = await makeFile(storage, 'replaced', 'old');
        const jobs = [
          { from: gone, to: target(gone, 'gone'), expected: undefined },
          { from: old, to: target(old, 'edited'), expected: undefined },
          { from: fine, to: target(fine, 'taken'), expected: undefined },
          { from: fine, to: target(fine, '../outside'), expected: undefined },
          { from: fine, to: target(fine, 'no/parent'), expected: undefined },
          { from: fine, to: { ...target(fine, 'wrong-hash'), hash: sha256(bigContent()) }, expected: undefined },
          { from: fine, to: target(fine, 'fine'), expected: undefined },
          { from: fine, to: target(fine, 'replaced'), expected: replaced },
        ];
        const results = await copier.copy(jobs, {});
        expect(results.map(errorOf)).toEqual([
          'storage/not-found',
          'storage/changed',
          'storage/changed',
          'path/unsafe',
          'storage/not-found',
          'storage/corrupt-transfer',
          'no error',
          'no error',
        ]);
        expect(await contentAt(storage, 'taken')).toBe('not expected');
        expect(await contentAt(storage, 'fine')).toBe('fine');
        expect(await contentAt(storage, 'replaced')).toBe('fine');
        expect(await storage.stat('wrong-hash')).toBeUndefined();
      }),
    );

    it(
      'a signal that fired copies nothing',
      withFixture(async (fixture) => {
        const { storage, other, copier } = open(fixture);
        const from = await makeFile(other, 'a', bigContent());
        const copied = copier.copy([{ from, to: fileEntry('a', bigContent()), expected: undefined }], { signal: AbortSignal.abort() });
        const results = await copied.catch((error: unknown): CopyResult[] => [{ error: error as Error }]);
        expect(results.map(errorOf)).toEqual(['sync/cancelled']);
        expect(await storage.stat('a')).toBeUndefined();
      }),
    );
  });
}
