import { describe, expect, it } from 'vitest';
import { readAll } from '../content.ts';
import { bytesAt, type ContractGroup, expectFailure, makeFile, makeFolder, mustStat } from './fixture.ts';

const BIG_BYTES = 3 * 1024 * 1024 + 17;

/** Bytes that repeat nowhere near, so that a lost or doubled piece shows. */
export function bigContent(salt = 0): Uint8Array {
  const bytes = new Uint8Array(BIG_BYTES);
  let word = 0x9e3779b9 + salt;
  for (let at = 0; at < bytes.length; at++) {
    word = Math.imul(word ^ (word >>> 15), 0x2c1b3c6d) + at;
    bytes[at] = word >>> 24;
  }
  return bytes;
}

export function testReading({ withFixture }: ContractGroup): void {
  describe('download: the content of a file', () => {
    it(
      'every byte arrives: an empty file, a small one, one of many pieces',
      withFixture(async ({ storage }) => {
        const allBytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
        for (const [path, bytes] of [
          ['empty', new Uint8Array()],
          ['small', allBytes],
          ['big', bigContent()],
        ] as const) {
          await makeFile(storage, path, bytes);
          expect(Buffer.compare(await bytesAt(storage, path), bytes), path).toBe(0);
        }
      }),
    );

    it(
      'a missing path is storage/not-found',
      withFixture(async ({ storage }) => {
        const entry = await makeFile(storage, 'a', 'content');
        await storage.delete(entry);
        await expectFailure(readAll(storage.download(entry)), 'storage/not-found');
      }),
    );

    it(
      'fails with storage/changed when what is there is not what the entry describes',
      withFixture(async ({ storage }) => {
        const old = await makeFile(storage, 'a', 'old');
        await makeFile(storage, 'a', 'newer', { expected: old, mtimeMs: old.mtimeMs + 10_000 });
        await expectFailure(readAll(storage.download(old)), 'storage/changed');
      }),
    );

    it(
      'readRanges: parts of a file, one buffer each, in the order asked',
      withFixture(async ({ storage }) => {
        if (storage.readRanges === undefined) return;
        const content = bigContent(1);
        const entry = await makeFile(storage, 'big', content);
        const ranges = [
          { offset: BIG_BYTES - 5, length: 5 },
          { offset: 0, length: 1024 * 1024 + 1 },
          { offset: 7, length: 1 },
        ];
        const parts: Uint8Array[] = [];
        for await (const part of storage.readRanges(entry, ranges)) parts.push(part);
        expect(parts.map((part) => Buffer.from(part).toString('base64'))).toEqual(
          ranges.map(({ offset, length }) => Buffer.from(content.subarray(offset, offset + length)).toString('base64')),
        );
        await makeFile(storage, 'big', bigContent(2), { expected: entry, mtimeMs: entry.mtimeMs + 10_000 });
        await expectFailure(readAll(storage.readRanges(entry, ranges)), 'storage/changed');
      }),
    );

    it(
      'a folder has no content',
      withFixture(async ({ storage }) => {
        const folder = await makeFolder(storage, 'folder');
        await expectFailure(readAll(storage.download({ ...folder, kind: 'file' })));
      }),
    );

    it(
      'a file that changes while it is read is never delivered as complete',
      withFixture(async ({ storage }) => {
        const old = bigContent(1);
        const entry = await makeFile(storage, 'a', old);
        const pieces: Uint8Array[] = [];
        const read = async (): Promise<void> => {
          for await (const piece of storage.download(entry)) {
            if (pieces.length === 0) await makeFile(storage, 'a', bigContent(2), { expected: entry, mtimeMs: entry.mtimeMs + 10_000 });
            pieces.push(piece.slice());
          }
        };
        // A storage that still holds the old bytes may deliver them; a mixture it may not.
        const outcome = await read().then(
          () => 'complete',
          () => 'failed',
        );
        if (outcome === 'complete') expect(Buffer.compare(Buffer.concat(pieces), old)).toBe(0);
        else await expectFailure(readAll(storage.download(entry)), 'storage/changed');
        expect(Buffer.compare(await bytesAt(storage, 'a'), bigContent(2))).toBe(0);
      }),
    );

    it(
      'a reader may stop in the middle',
      withFixture(async ({ storage }) => {
        const entry = await makeFile(storage, 'a', bigContent());
        for await (const piece of storage.download(entry)) {
          expect(piece.length).toBeGreaterThan(0);
          break;
        }
        await storage.delete(await mustStat(storage, 'a'));
        expect(await storage.stat('a')).toBeUndefined();
      }),
    );
  });
}
