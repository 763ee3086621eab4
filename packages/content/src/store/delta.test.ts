import { describe, expect, it } from 'vitest';
import { MemoryBlobStore } from '../blob/memory-blob-store.ts';
import { Chunker } from '../chunk/chunker.ts';
import type { NewChunk } from './chunk-store.ts';
import { blobsBelow, chunkOf, contentOf, noise, openStore } from './store.test.support.ts';

const FILE = noise('a file', 4 * 2 ** 20);

function cut(file: Uint8Array): NewChunk[] {
  const chunker = new Chunker();
  const ends = [...chunker.push(file), ...chunker.end()];
  return ends.map((end, at) => chunkOf(file.subarray(ends[at - 1] ?? 0, end)));
}

async function storedBytes(blobs: MemoryBlobStore): Promise<number> {
  return (await blobsBelow(blobs, 'packs/')).reduce((sum, { size }) => sum + size, 0);
}

describe('a file that changes a little', () => {
  it.each([
    ['one byte changed in the middle', Buffer.concat([FILE.subarray(0, 2 ** 21), Buffer.from('x'), FILE.subarray(2 ** 21 + 1)])],
    ['one byte inserted in the middle', Buffer.concat([FILE.subarray(0, 2 ** 21), Buffer.from('x'), FILE.subarray(2 ** 21)])],
    ['its first kilobyte gone', FILE.subarray(1024)],
    ['text appended', Buffer.concat([FILE, Buffer.from('the end')])],
  ])('%s: few new chunks are stored, and both versions are there', async (_what, changed) => {
    const blobs = new MemoryBlobStore();
    const store = await openStore(blobs);
    await store.put(cut(FILE));
    await store.rebase((await store.seal()).indexes);
    const before = await storedBytes(blobs);
    await store.put(cut(changed));
    const { indexes } = await store.seal();
    expect((await storedBytes(blobs)) - before).toBeLessThan(3 * 256 * 2 ** 10 + 2000);
    const reopened = await openStore(blobs, indexes);
    for (const file of [FILE, changed]) {
      const content = await contentOf(
        reopened,
        cut(file).map(({ id }) => id),
      );
      expect(Buffer.compare(Buffer.concat(content), file)).toBe(0);
    }
  });

  it('the same file again stores nothing', async () => {
    const blobs = new MemoryBlobStore();
    const store = await openStore(blobs);
    await store.put(cut(FILE));
    const { indexes } = await store.seal();
    const before = await storedBytes(blobs);
    const again = await openStore(blobs, indexes);
    await again.put(cut(FILE));
    expect(await again.seal()).toEqual({ indexes, newPacks: [] });
    expect(await storedBytes(blobs)).toBe(before);
  });
});
