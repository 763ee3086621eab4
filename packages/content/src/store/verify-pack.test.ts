import { describe, expect, it } from 'vitest';
import { MemoryBlobStore } from '../blob/memory-blob-store.ts';
import { packName } from './pack-format.ts';
import type { WrittenPack } from './pack-writer.ts';
import { chunkOf, ID_KEY, keysOf, noise, openStore } from './store.test.support.ts';
import { verifyPack } from './verify-pack.ts';

/** Two segments: one of two chunks, one of a single large chunk. */
const CHUNKS = [chunkOf(Buffer.from('to be compressed '.repeat(40))), chunkOf(noise(1, 60)), chunkOf(noise(2, 2 ** 20))];

async function onePack(): Promise<{ blobs: MemoryBlobStore; pack: WrittenPack; name: string }> {
  const blobs = new MemoryBlobStore();
  const store = await openStore(blobs);
  await store.put(CHUNKS);
  await store.seal();
  const [indexed] = [...store.index.packs()];
  if (indexed === undefined) throw new Error('no pack was written');
  const { salt, epoch, size } = indexed;
  return { blobs, pack: { salt, epoch, size, directory: store.index.directoryOf(indexed) }, name: packName(salt) };
}

function verify(blobs: MemoryBlobStore, pack: WrittenPack): ReturnType<typeof verifyPack> {
  return verifyPack({ blobs, keys: keysOf(), idKey: ID_KEY }, pack);
}

describe('verifyPack', () => {
  it('has nothing to say about a sound pack', async () => {
    const { blobs, pack } = await onePack();
    expect(await verify(blobs, pack)).toEqual({ problems: [], chunks: [] });
  });

  it('notices a flip of any byte outside of the large segment, and any of a sample within', async () => {
    const { blobs, pack, name } = await onePack();
    const sound = await blobs.get(name);
    const [first] = pack.directory.segments;
    const largeFrom = 40 + (first?.sealedLength ?? 0);
    const largeTo = largeFrom + 2 ** 20;
    for (let at = 0; at < sound.length; at += at > largeFrom && at < largeTo ? 65_521 : 1) {
      const flipped = Uint8Array.from(sound);
      flipped[at] = (flipped[at] as number) ^ 1;
      await blobs.put(name, flipped);
      const { problems, chunks } = await verify(blobs, pack);
      expect(problems.length, `byte ${at}`).toBeGreaterThan(0);
      expect(problems.every(({ path }) => path === name)).toBe(true);
      if (at >= 40 && at < largeFrom) expect(chunks).toEqual(CHUNKS.slice(0, 2).map(({ id }) => id));
      else if (at >= largeFrom && at < largeTo) expect(chunks).toEqual([CHUNKS[2]?.id]);
    }
  });

  it('tells which chunks are left of a pack that was cut off, and that none are of one that is gone', async () => {
    const { blobs, pack, name } = await onePack();
    await blobs.put(name, (await blobs.get(name)).subarray(0, 5000));
    expect(await verify(blobs, pack)).toMatchObject({ problems: [{ path: name }, { path: name }], chunks: [CHUNKS[2]?.id] });
    await blobs.delete(name);
    expect(await verify(blobs, pack)).toMatchObject({ problems: [{ code: 'content/missing' }], chunks: CHUNKS.map(({ id }) => id) });
  });

  it('notices another pack in its place', async () => {
    const [a, b] = [await onePack(), await onePack()];
    await a.blobs.put(a.name, await b.blobs.get(b.name));
    const { problems, chunks } = await verify(a.blobs, a.pack);
    expect(problems.length).toBeGreaterThan(0);
    expect(chunks).toEqual(CHUNKS.map(({ id }) => id));
  });
});
