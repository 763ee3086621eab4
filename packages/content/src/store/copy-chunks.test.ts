import { describe, expect, it } from 'vitest';
import { MemoryBlobStore } from '../blob/memory-blob-store.ts';
import { copyChunks } from './copy-chunks.ts';
import { packName } from './pack-format.ts';
import { blobsBelow, chunkOf, noise, openStore } from './store.test.support.ts';

/** Two segments: one of two chunks, one of a single large chunk. */
const CHUNKS = [chunkOf(noise(0, 600)), chunkOf(noise(1, 60)), chunkOf(noise(2, 2 ** 20))];

describe('copyChunks', () => {
  it('writes stored chunks into new packs, which then stand in for the old ones', async () => {
    const blobs = new MemoryBlobStore();
    const store = await openStore(blobs);
    await store.put(CHUNKS);
    const before = await store.seal();
    await store.rebase(before.indexes);
    const [old] = before.newPacks as [string];
    await copyChunks(
      store,
      CHUNKS.slice(1).map(({ id }) => id),
      { kind: 'data' },
    );
    const after = await store.seal({ without: new Set([old]) });
    await blobs.delete(packName(old));
    const reopened = await openStore(blobs, after.indexes);
    expect(reopened.has(CHUNKS.map(({ id }) => id))).toEqual([false, true, true]);
    expect(await blobsBelow(blobs, 'packs/')).toHaveLength(1);
  });

  it('leaves out what is damaged, when told to', async () => {
    const blobs = new MemoryBlobStore();
    const writer = await openStore(blobs);
    await writer.put(CHUNKS);
    const [salt] = (await writer.seal()).newPacks as [string];
    const name = packName(salt);
    const bytes = await blobs.get(name);
    bytes[50] = (bytes[50] as number) ^ 1;
    await blobs.put(name, bytes);
    const store = await openStore(blobs);
    await store.adoptOrphans({ all: true });
    const lost: string[] = [];
    const ids = CHUNKS.map(({ id }) => id);
    await expect(copyChunks(store, ids, { kind: 'data' })).rejects.toMatchObject({ code: 'content/damaged' });
    await copyChunks(store, ids, { kind: 'data', onDamaged: (id) => lost.push(id) });
    expect(lost).toEqual(ids.slice(0, 2));
    const { indexes } = await store.seal({ without: new Set([salt]) });
    expect((await openStore(blobs, indexes)).has(ids)).toEqual([false, false, true]);
  });
});
