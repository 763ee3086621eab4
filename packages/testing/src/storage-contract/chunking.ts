import type { ChunkAccess, ChunkRef, Storage, UploadOptions } from '@cloudsync/engine';
import { describe, expect, it } from 'vitest';
import { sha256, streamOf } from '../content.ts';
import { bytesAt, type ContractGroup, expectFailure, expectSameEntry, fileEntry, makeFile } from './fixture.ts';
import { bigContent } from './reading.ts';

export function testChunking({ withFixture }: ContractGroup): void {
  const accessOf = ({ chunks }: Storage): ChunkAccess => {
    if (chunks === undefined) throw new TypeError('chunks was declared a moment ago');
    return chunks;
  };
  const cut = async (storage: Storage, bytes: Uint8Array): Promise<ChunkRef[]> => {
    const chunks: ChunkRef[] = [];
    for await (const chunk of accessOf(storage).scheme.cut(streamOf(bytes))) chunks.push(chunk);
    return chunks;
  };
  /** The bytes of the chunks that are not there, each once. */
  const missingOf = async (storage: Storage, bytes: Uint8Array, chunks: readonly ChunkRef[]): Promise<Uint8Array[]> => {
    const found = await accessOf(storage).has(chunks.map(({ id }) => id));
    const missing = new Map<string, Uint8Array>();
    let offset = 0;
    for (const [index, { id, length }] of chunks.entries()) {
      if (!found[index]) missing.set(id, bytes.subarray(offset, offset + length));
      offset += length;
    }
    return [...missing.values()];
  };
  async function* piecesOf(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
    yield* pieces;
  }

  describe('chunks: content by its chunks', () => {
    it(
      'list: the chunks of a file are what its content is cut into; has and get know them',
      withFixture(async ({ storage }) => {
        const bytes = bigContent();
        const entry = await makeFile(storage, 'a', bytes);
        const chunks = await accessOf(storage).list(entry);
        expect(chunks).toEqual(await cut(storage, bytes));
        const ids = chunks.map(({ id }) => id);
        expect(await accessOf(storage).has([...ids, (await cut(storage, bigContent(9)))[0]?.id ?? ''])).toEqual([
          ...ids.map(() => true),
          false,
        ]);
        const pieces: Uint8Array[] = [];
        for await (const piece of accessOf(storage).get(ids)) pieces.push(piece.slice());
        expect(Buffer.compare(Buffer.concat(pieces), bytes)).toBe(0);
      }),
    );

    it(
      'list: a file that is not what entry says is storage/changed',
      withFixture(async ({ storage }) => {
        const old = await makeFile(storage, 'a', 'old');
        await makeFile(storage, 'a', 'newer', { expected: old, mtimeMs: old.mtimeMs + 10_000 });
        await expectFailure(accessOf(storage).list(old), 'storage/changed');
      }),
    );

    it(
      'assemble: a file of which only what is missing travels',
      withFixture(async ({ storage }) => {
        const old = await makeFile(storage, 'a', bigContent());
        const bytes = bigContent();
        bytes.fill(7, 1_000_000, 1_000_100);
        const chunks = await cut(storage, bytes);
        const missing = await missingOf(storage, bytes, chunks);
        expect(missing.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(bytes.length / 3);
        const entry = fileEntry('a', bytes, { mtimeMs: old.mtimeMs + 10_000 });
        const written = await accessOf(storage).assemble(entry, chunks, piecesOf(missing), { expected: old });
        expect(written).toMatchObject({ path: 'a', size: bytes.length, hash: sha256(bytes) });
        expectSameEntry(await storage.stat('a'), written);
        expect(Buffer.compare(await bytesAt(storage, 'a'), bytes)).toBe(0);
      }),
    );

    it(
      'assemble: with every rule of upload; what does not come whole replaces nothing',
      withFixture(async ({ storage }) => {
        const old = await makeFile(storage, 'a', 'old content');
        const bytes = bigContent(3);
        const chunks = await cut(storage, bytes);
        const entry = fileEntry('a', bytes);
        const attempt = (pieces: readonly Uint8Array[], change = {}, options: UploadOptions = { expected: old }) =>
          accessOf(storage).assemble({ ...entry, ...change }, chunks, piecesOf(pieces), options);
        await expectFailure(attempt([]), 'storage/corrupt-transfer');
        await expectFailure(attempt([bytes.slice(0, 100)]), 'storage/corrupt-transfer');
        const missing = await missingOf(storage, bytes, chunks);
        await expectFailure(attempt(missing, { size: 5 }), 'storage/corrupt-transfer');
        await expectFailure(attempt([], { path: '../a' }), 'path/unsafe');
        await expectFailure(attempt([], {}, { expected: undefined }), 'storage/changed');
        expectSameEntry(await storage.stat('a'), old);
        // What arrived before is found by the next has.
        expect(await missingOf(storage, bytes, chunks)).toEqual([]);
        await attempt([]);
        expect(Buffer.compare(await bytesAt(storage, 'a'), bytes)).toBe(0);
      }),
    );
  });
}
