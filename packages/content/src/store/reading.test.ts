import { SyncError } from '@cloudsync/engine';
import { describe, expect, it } from 'vitest';
import { MemoryBlobStore } from '../blob/memory-blob-store.ts';
import { packName } from './pack-format.ts';
import { readPackDirectory } from './read-pack.ts';
import { SegmentCache } from './segment-cache.ts';
import { blobsBelow, chunkOf, contentOf, keysOf, noise, openStore } from './store.test.support.ts';

/** Remembers which ranges were read. */
class WatchedBlobStore extends MemoryBlobStore {
  ranges: { name: string; offset: number; length: number }[] = [];
  isUnreachable = false;
  override async getRange(name: string, offset: number, length: number): Promise<Uint8Array> {
    this.ranges.push({ name, offset, length });
    if (this.isUnreachable) throw new SyncError('storage/unreachable', 'the network is down; try again', { retryable: true });
    return super.getRange(name, offset, length);
  }
}

/** Ten chunks of 400 kB: five segments of two. */
const CHUNKS = Array.from({ length: 10 }, (_, at) => chunkOf(noise(at, 400_000)));
const IDS = CHUNKS.map(({ id }) => id);

async function writtenStore() {
  const blobs = new WatchedBlobStore();
  const writer = await openStore(blobs);
  await writer.put(CHUNKS);
  const { indexes } = await writer.seal();
  return { blobs, store: await openStore(blobs, indexes) };
}

describe('reading chunks', () => {
  it('reads neighbours together, and again what it has read from memory', async () => {
    const { blobs, store } = await writtenStore();
    await contentOf(store, IDS);
    expect(blobs.ranges.length).toBeLessThanOrEqual(2);
    const read = blobs.ranges.reduce((sum, { length }) => sum + length, 0);
    expect(read).toBe(10 * 400_000 + 5 * 16);
    blobs.ranges = [];
    await contentOf(store, [...IDS].reverse());
    expect(blobs.ranges).toEqual([]);
  });

  it('reads only the segments it needs', async () => {
    const { blobs, store } = await writtenStore();
    await contentOf(store, [IDS[5] as string]);
    expect(blobs.ranges).toEqual([{ name: expect.any(String), offset: 40 + 2 * 800_016, length: 800_016 }]);
  });

  it('reads once what many ask for at the same time', async () => {
    const { blobs, store } = await writtenStore();
    const all = await Promise.all(Array.from({ length: 8 }, () => contentOf(store, IDS.slice(0, 2))));
    expect(blobs.ranges).toHaveLength(1);
    for (const content of all)
      expect(Buffer.compare(Buffer.concat(content), Buffer.concat(CHUNKS.slice(0, 2).map(({ bytes }) => bytes)))).toBe(0);
  });

  it('stops when it is cancelled', async () => {
    const { store } = await writtenStore();
    const stop = new AbortController();
    const reading = (async () => {
      for await (const _ of store.get(IDS, { signal: stop.signal })) stop.abort();
    })();
    await expect(reading).rejects.toMatchObject({ code: 'sync/cancelled' });
  });

  it('a store that cannot be reached is not damaged, and is read when it can be', async () => {
    const { blobs, store } = await writtenStore();
    blobs.isUnreachable = true;
    await expect(contentOf(store, IDS)).rejects.toMatchObject({ code: 'storage/unreachable', retryable: true });
    blobs.isUnreachable = false;
    expect(await contentOf(store, IDS.slice(0, 1))).toHaveLength(1);
  });

  it.each([
    ['gone', 'content/missing', undefined],
    ['cut off', 'content/damaged', 1000],
  ] as const)('names a pack that is %s', async (_what, code, length) => {
    const { blobs, store } = await writtenStore();
    const [pack] = await blobsBelow(blobs, 'packs/');
    const name = pack?.name ?? '';
    if (length === undefined) await blobs.delete(name);
    else await blobs.put(name, (await blobs.get(name)).subarray(0, length));
    await expect(contentOf(store, IDS)).rejects.toMatchObject({ code, path: name, message: expect.stringContaining(name) });
  });
});

describe('the directory of a pack', () => {
  it.each([
    ['of a few chunks: two small reads', 10, 400_000, 2],
    ['of thousands of chunks: a third', 2500, 30, 3],
    ['of a small pack: one', 3, 100, 1],
  ])('%s', async (_what, count, bytes, reads) => {
    const blobs = new WatchedBlobStore();
    const store = await openStore(blobs);
    await store.put(Array.from({ length: count }, (_, at) => chunkOf(noise(`${bytes} ${at}`, bytes))));
    const [salt] = (await store.seal()).newPacks as [string];
    const { size } = store.index.pack(salt) ?? { size: 0 };
    const { directory } = await readPackDirectory({ blobs, keys: keysOf() }, packName(salt), size);
    expect(directory.lengths).toHaveLength(count);
    expect(blobs.ranges).toHaveLength(reads);
    expect(Math.max(...blobs.ranges.map(({ length }) => length))).toBeLessThan(100_000);
  });
});

describe('the cache of segments', () => {
  it('drops what was not used for the longest time', () => {
    const cache = new SegmentCache<string>(100);
    const bytes = (length: number) => new Uint8Array(length);
    cache.set('a', bytes(40));
    cache.set('b', bytes(40));
    expect(cache.get('a')).toHaveLength(40);
    cache.set('c', bytes(40));
    expect(['a', 'b', 'c'].map((key) => cache.get(key)?.length)).toEqual([40, undefined, 40]);
    cache.set('too large', bytes(101));
    expect(['a', 'c', 'too large'].map((key) => cache.get(key))).toEqual([undefined, undefined, undefined]);
  });
});
