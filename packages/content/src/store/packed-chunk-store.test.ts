import { hash } from 'node:crypto';
import { SyncError } from '@cloudsync/engine';
import { describe, expect, it } from 'vitest';
import { MemoryBlobStore } from '../blob/memory-blob-store.ts';
import { encodeChunkId } from './chunk-id.ts';
import type { ChunkStore, NewChunk } from './chunk-store.ts';
import { packName } from './pack-format.ts';
import { PackedChunkStore } from './packed-chunk-store.ts';
import { blobsBelow, contentOf as bytesOf, chunkOf, ID_KEY, keysOf, noise, openStore } from './store.test.support.ts';

/** Chunks of very different sizes, 3 MiB in all. */
const CHUNKS = Array.from({ length: 90 }, (_, at) => chunkOf(noise(at, at % 3 === 0 ? 100_000 : 100 + at)));
const IDS = CHUNKS.map(({ id }) => id);
const CONTENT = CHUNKS.map(({ bytes }) => digest(bytes));

/** Digests: comparing megabytes value by value takes seconds. */
async function contentOf(store: ChunkStore, ids: readonly string[]): Promise<string[]> {
  return (await bytesOf(store, ids)).map(digest);
}

function digest(bytes: Uint8Array): string {
  return hash('sha256', bytes);
}

describe('putting and getting', () => {
  it('gives back what was put: before it is sealed, after, and from a store that is opened anew', async () => {
    const blobs = new MemoryBlobStore();
    const store = await openStore(blobs);
    await store.put(CHUNKS);
    expect(await contentOf(store, IDS)).toEqual(CONTENT);
    const { indexes, newPacks } = await store.seal();
    expect(await contentOf(store, IDS)).toEqual(CONTENT);
    expect(newPacks).toHaveLength(1);
    const reopened = await openStore(blobs, indexes);
    expect(reopened.has([...IDS, chunkOf(noise('x', 10)).id])).toEqual([...IDS.map(() => true), false]);
    const shuffled = [...IDS].sort();
    expect(await contentOf(reopened, shuffled)).toEqual(shuffled.map((id) => CONTENT[IDS.indexOf(id)]));
  });

  it.each(['none', 'aes-256-gcm', 'xchacha20-poly1305'] as const)('with suite %s', async (suite) => {
    const blobs = new MemoryBlobStore();
    const store = await openStore(blobs, [], suite);
    await store.put(CHUNKS.slice(0, 5));
    const { indexes } = await store.seal();
    expect(await contentOf(await openStore(blobs, indexes, suite), IDS.slice(0, 5))).toEqual(CONTENT.slice(0, 5));
  });

  it('stores a chunk once: put twice in one call, again before it is sealed, and after', async () => {
    const blobs = new MemoryBlobStore();
    const store = await openStore(blobs);
    await store.put([...CHUNKS, ...CHUNKS]);
    await store.put(CHUNKS);
    const first = await store.seal();
    await store.rebase(first.indexes);
    await store.put(CHUNKS);
    expect(await store.seal()).toEqual({ indexes: first.indexes, newPacks: [] });
    expect(sizeOf(await blobsBelow(blobs, 'packs/'))).toBeLessThan(CHUNKS.reduce((sum, { bytes }) => sum + bytes.length, 0) * 1.02);
  });

  it('many may put at the same time, the same chunks too', async () => {
    const blobs = new MemoryBlobStore();
    const store = await openStore(blobs);
    const chunks = Array.from({ length: 40 }, (_, at) => chunkOf(noise(`at once ${at}`, 200_000 + at)));
    await Promise.all(Array.from({ length: 12 }, (_, at) => store.put(chunks.slice(at * 3, at * 3 + 7))));
    const { indexes } = await store.seal();
    const reopened = await openStore(blobs, indexes);
    const ids = chunks.map(({ id }) => id);
    expect(await contentOf(reopened, ids)).toEqual(chunks.map(({ bytes }) => digest(bytes)));
    expect(reopened.index.entries).toBe(chunks.length);
  });

  it('keeps data and trees in packs of their own', async () => {
    const blobs = new MemoryBlobStore();
    const store = await openStore(blobs);
    await store.put(CHUNKS.slice(0, 10));
    await store.put(CHUNKS.slice(10, 20), { kind: 'tree' });
    const { newPacks } = await store.seal();
    expect(newPacks.map((salt) => store.index.pack(salt)?.kind).sort()).toEqual(['data', 'tree']);
  });

  it('names a chunk that is not there, after what comes before it', async () => {
    const store = await openStore();
    await store.put(CHUNKS.slice(0, 1));
    const strange = chunkOf(noise('strange', 10)).id;
    const got: Uint8Array[] = [];
    const reading = (async () => {
      for await (const bytes of store.get([IDS[0] as string, strange])) got.push(bytes);
    })();
    await expect(reading).rejects.toMatchObject({ code: 'content/missing', message: expect.stringContaining(strange) });
    expect(got.map(digest)).toEqual(CONTENT.slice(0, 1));
  });

  it('takes no empty chunk and none above a segment', async () => {
    const store = await openStore();
    await expect(store.put([chunkOf(new Uint8Array(0))])).rejects.toThrow(RangeError);
    await expect(store.put([chunkOf(new Uint8Array(2 ** 20 + 1))])).rejects.toThrow(RangeError);
    await store.put([chunkOf(new Uint8Array(2 ** 20))]);
    await store.seal();
  });
});

describe('many commits', () => {
  it('leave few index objects in force, and each pack in exactly one', async () => {
    const blobs = new MemoryBlobStore();
    const store = await openStore(blobs);
    for (let commit = 0; commit < 200; commit++) {
      await store.put([chunkOf(noise(`commit ${commit}`, 200))]);
      await store.rebase((await store.seal()).indexes);
    }
    const { indexes } = await store.seal();
    expect(indexes.length).toBeLessThan(10);
    const reopened = await openStore(blobs, indexes);
    expect([...reopened.index.packs()]).toHaveLength(200);
    expect(reopened.index.entries).toBe(200);
  });

  it('a seal that no commit follows changes nothing: the next one names the same packs', async () => {
    const blobs = new MemoryBlobStore();
    const store = await openStore(blobs);
    await store.put(CHUNKS.slice(0, 3));
    const first = await store.seal();
    const second = await store.seal();
    expect(second.newPacks).toEqual(first.newPacks);
    expect(await contentOf(await openStore(blobs, second.indexes), IDS.slice(0, 3))).toEqual(CONTENT.slice(0, 3));
  });
});

describe('two writers', () => {
  it('the slower one goes over to the index of the faster, keeps its own, and both are there', async () => {
    const blobs = new MemoryBlobStore();
    const [fast, slow] = [await openStore(blobs), await openStore(blobs)];
    await fast.put(CHUNKS.slice(0, 3));
    await slow.put(CHUNKS.slice(2, 6));
    const theirs = await fast.seal();
    await slow.seal();
    expect(await slow.rebase(theirs.indexes)).toEqual({ lostPacks: [] });
    const { indexes } = await slow.seal();
    expect(await contentOf(await openStore(blobs, indexes), IDS.slice(0, 6))).toEqual(CONTENT.slice(0, 6));
  });

  it('is told which packs are gone in which it found chunks', async () => {
    const blobs = new MemoryBlobStore();
    const first = await openStore(blobs);
    await first.put(CHUNKS.slice(0, 2));
    const { indexes, newPacks } = await first.seal();
    await first.rebase(indexes);
    const writer = await openStore(blobs, indexes);
    await writer.put(CHUNKS.slice(0, 3));
    const pruned = await first.seal({ without: new Set(newPacks) });
    expect(pruned.indexes).toEqual([]);
    expect(await writer.rebase(pruned.indexes, { condemned: new Set(newPacks) })).toEqual({ lostPacks: newPacks });
    expect(writer.has(IDS.slice(0, 3))).toEqual([false, false, true]);
  });

  it('is told so also when it has committed something else meanwhile', async () => {
    const blobs = new MemoryBlobStore();
    const first = await openStore(blobs);
    await first.put(CHUNKS.slice(0, 1));
    const old = await first.seal();
    await first.rebase(old.indexes);
    const writer = await openStore(blobs, old.indexes);
    expect(writer.has(IDS.slice(0, 1))).toEqual([true]);
    await writer.put(CHUNKS.slice(1, 2));
    const own = await writer.seal();
    await writer.rebase(own.indexes);
    await first.rebase(own.indexes);
    const condemned = new Set([...old.newPacks, ...own.newPacks]);
    const pruned = await first.seal({ without: condemned });
    const { lostPacks } = await writer.rebase(pruned.indexes, { condemned });
    expect(new Set(lostPacks)).toEqual(condemned);
    expect(writer.has(IDS.slice(0, 2))).toEqual([false, false]);
  });

  it('is told of adopted packs that a prune has deleted meanwhile', async () => {
    const blobs = new MemoryBlobStore();
    const dead = await openStore(blobs);
    await dead.put(CHUNKS.slice(0, 2));
    const { newPacks } = await dead.seal();
    const [relies, looksOn] = [await openStore(blobs), await openStore(blobs)];
    await relies.adoptOrphans();
    await looksOn.adoptOrphans();
    await relies.put(CHUNKS.slice(0, 3));
    for (const salt of newPacks) await blobs.delete(packName(salt));
    expect(await relies.rebase([])).toEqual({ lostPacks: newPacks });
    expect(await looksOn.rebase([])).toEqual({ lostPacks: [] });
    expect(relies.has(IDS.slice(0, 3))).toEqual([false, false, true]);
    expect(looksOn.has(IDS.slice(0, 3))).toEqual([false, false, false]);
  });

  it('own packs that were condemned meanwhile are lost too', async () => {
    const store = await openStore();
    await store.put(CHUNKS.slice(0, 1));
    const { newPacks } = await store.seal();
    expect(await store.rebase([], { condemned: new Set(newPacks) })).toEqual({ lostPacks: newPacks });
    expect(store.has(IDS.slice(0, 1))).toEqual([false]);
  });
});

describe('claims', () => {
  const ids = Buffer.concat(IDS.slice(0, 3).map((id) => Buffer.from(id, 'base64url')));

  it('a chunk is new once', async () => {
    const store = await openStore();
    await store.put(CHUNKS.slice(1, 2));
    expect(store.claim(Buffer.concat([ids, ids]))).toEqual([true, false, true, false, false, false]);
    expect(store.has(IDS.slice(0, 3))).toEqual([true, true, true]);
  });

  it('seal waits for a claim that somebody relies on, and not for others', async () => {
    const store = await openStore();
    store.claim(ids.subarray(0, 32), 'me');
    store.claim(ids.subarray(0, 32), 'me');
    await store.seal();
    expect(store.has(IDS.slice(0, 1))).toEqual([true]);
    let sealed = false;
    const sealing = store.seal().then(() => {
      sealed = true;
    });
    await new Promise(setImmediate);
    expect(sealed).toBe(false);
    await store.put(CHUNKS.slice(0, 1));
    await sealing;
    expect(await contentOf(store, IDS.slice(0, 1))).toEqual(CONTENT.slice(0, 1));
  });

  it('seal does not wait for what is claimed and relied on after it was called', async () => {
    const store = await openStore();
    store.claim(ids.subarray(0, 32));
    store.has(IDS.slice(0, 1));
    const sealing = store.seal();
    store.claim(ids.subarray(32, 64));
    store.has(IDS.slice(1, 2));
    await store.put(CHUNKS.slice(0, 1));
    await sealing;
    expect(await contentOf(store, IDS.slice(0, 1))).toEqual(CONTENT.slice(0, 1));
  });

  it('seal fails when a claim was given up that somebody relied on, until the chunk comes', async () => {
    const store = await openStore();
    store.claim(ids);
    store.has(IDS.slice(0, 1));
    store.release(ids);
    await expect(store.seal()).rejects.toMatchObject({ code: 'content/missing', message: expect.stringContaining(IDS[0] as string) });
    await store.put(CHUNKS.slice(0, 1));
    await store.seal();
    expect(store.has(IDS.slice(0, 3))).toEqual([true, false, false]);
  });
});

describe('segments from other threads', () => {
  it('come in any order, and a slot may be given back', async () => {
    const blobs = new MemoryBlobStore();
    const store = await openStore(blobs);
    const slots = Array.from({ length: 40 }, () => store.reserve());
    const { encodeSegment } = await import('./segment.ts');
    const { sealPiece } = await import('../seal/seal.ts');
    const given: number[] = [];
    for (const at of [...slots.keys()].reverse()) {
      const slot = slots[at];
      if (slot === undefined) continue;
      if (at % 5 === 0) {
        store.cancel(slot);
        continue;
      }
      const { id, bytes } = chunkOf(noise(`slot ${at}`, 9_000));
      const { codec, bytes: encoded } = encodeSegment(bytes);
      const sealed = sealPiece(slot.seal, slot.piece, encoded);
      await store.deliver(slot, {
        codec,
        rawLength: bytes.length,
        ids: Buffer.from(id, 'base64url'),
        lengths: Uint32Array.of(bytes.length),
        sealed,
      });
      given.push(at);
    }
    const { indexes, newPacks } = await store.seal();
    expect(newPacks.length).toBeGreaterThan(1);
    const reopened = await openStore(blobs, indexes);
    const wanted = given.map((at) => chunkOf(noise(`slot ${at}`, 9_000)));
    expect(
      await contentOf(
        reopened,
        wanted.map(({ id }) => id),
      ),
    ).toEqual(wanted.map(({ bytes }) => digest(bytes)));
  });

  it('a slot is delivered once', async () => {
    const store = await openStore();
    const slot = store.reserve();
    store.cancel(slot);
    expect(() => store.cancel(slot)).toThrow(/not given out/);
  });
});

describe('orphans', () => {
  it('a writer that comes after one that died sends nothing again', async () => {
    const blobs = new MemoryBlobStore();
    const dead = await openStore(blobs);
    await dead.put(CHUNKS);
    await dead.seal();
    const before = await blobsBelow(blobs, 'packs/');
    const heir = await openStore(blobs);
    const { adopted, unreadable } = await heir.adoptOrphans();
    expect([adopted.length, unreadable]).toEqual([before.length, []]);
    await heir.put(CHUNKS);
    const { indexes } = await heir.seal();
    expect(await blobsBelow(blobs, 'packs/')).toEqual(before);
    expect(await contentOf(await openStore(blobs, indexes), IDS)).toEqual(CONTENT);
  });

  it('enter the index only when somebody relies on them, or when all shall (repair)', async () => {
    const blobs = new MemoryBlobStore();
    const dead = await openStore(blobs);
    await dead.put(CHUNKS);
    await dead.seal();
    const indifferent = await openStore(blobs);
    await indifferent.adoptOrphans();
    expect(await indifferent.seal()).toEqual({ indexes: [], newPacks: [] });
    const repairing = await openStore(blobs);
    await repairing.adoptOrphans({ all: true });
    const { indexes } = await repairing.seal();
    expect(await contentOf(await openStore(blobs, indexes), IDS)).toEqual(CONTENT);
  });

  it('are not taken for unreadable when the blob store cannot be reached', async () => {
    class LostBlobStore extends MemoryBlobStore {
      override async getRange(): Promise<Uint8Array> {
        throw new SyncError('storage/unreachable', 'the network is down; try again');
      }
    }
    const blobs = new LostBlobStore();
    const dead = await openStore(blobs);
    await dead.put(CHUNKS);
    await dead.seal();
    await expect((await openStore(blobs)).adoptOrphans()).rejects.toMatchObject({ code: 'storage/unreachable' });
  });

  it('are left alone when they are condemned, or say nothing intelligible', async () => {
    const blobs = new MemoryBlobStore();
    const dead = await openStore(blobs);
    await dead.put(CHUNKS);
    const { newPacks } = await dead.seal();
    await blobs.create(`packs/00/${'0'.repeat(64)}`, [noise('junk', 5000)]);
    const heir = await openStore(blobs);
    const { adopted, unreadable } = await heir.adoptOrphans({ condemned: new Set(newPacks) });
    expect(adopted).toEqual([]);
    expect(unreadable.map(({ name, error }) => [name, error.code])).toEqual([[`packs/00/${'0'.repeat(64)}`, 'content/damaged']]);
    expect(heir.has(IDS.slice(0, 1))).toEqual([false]);
  });
});

describe('a store that cannot be written to', () => {
  class FullBlobStore extends MemoryBlobStore {
    isFull = true;
    override async create(name: string, parts: readonly Uint8Array[]): Promise<boolean> {
      if (this.isFull) throw new SyncError('storage/no-space', 'no space left');
      return super.create(name, parts);
    }
  }

  it('says so, keeps what was put, and goes on when there is space again', async () => {
    const blobs = new FullBlobStore();
    const store = await openStore(blobs);
    await store.put(CHUNKS);
    await expect(store.seal()).rejects.toMatchObject({ code: 'storage/no-space' });
    await expect(store.seal()).rejects.toMatchObject({ code: 'storage/no-space' });
    expect(await contentOf(store, IDS)).toEqual(CONTENT);
    blobs.isFull = false;
    const { indexes } = await store.seal();
    expect(await contentOf(await openStore(blobs, indexes), IDS)).toEqual(CONTENT);
  });

  it('takes no more while it cannot be, however often it is asked', async () => {
    const blobs = new FullBlobStore();
    const store = await openStore(blobs);
    const taken: NewChunk[] = [];
    for (let at = 0; at < 80; at++) {
      const chunk = chunkOf(noise(`more ${at}`, 2 ** 20));
      await store.put([chunk]).then(
        () => taken.push(chunk),
        (error: unknown) => expect(error).toMatchObject({ code: 'storage/no-space' }),
      );
    }
    expect(taken.length).toBeLessThan(20);
    await expect(Promise.all([store.ready(), store.ready()])).rejects.toMatchObject({ code: 'storage/no-space' });
    blobs.isFull = false;
    const { indexes } = await store.seal();
    const reopened = await openStore(blobs, indexes);
    const ids = taken.map(({ id }) => id);
    expect(await contentOf(reopened, ids)).toEqual(taken.map(({ bytes }) => digest(bytes)));
  });
});

describe('index objects', () => {
  it('one that is gone or damaged is named; repair may go on without it', async () => {
    const blobs = new MemoryBlobStore();
    const store = await openStore(blobs);
    await store.put(CHUNKS.slice(0, 1));
    const { indexes } = await store.seal();
    const gone = `index/${'0'.repeat(64)}`;
    await expect(openStore(blobs, [gone])).rejects.toMatchObject({ code: 'content/missing', message: expect.stringContaining(gone) });
    const unreadable: string[] = [];
    const onUnreadableIndex = (name: string) => void unreadable.push(name);
    const repairing = await PackedChunkStore.open({ blobs, keys: keysOf(), idKey: ID_KEY, indexes: [gone, ...indexes], onUnreadableIndex });
    expect(unreadable).toEqual([gone]);
    expect(repairing.has(IDS.slice(0, 1))).toEqual([true]);
  });

  it('hold the ids as they were put', async () => {
    const store = await openStore();
    await store.put(CHUNKS);
    await store.seal();
    const ids = [...store.index.packs()].flatMap((pack) => {
      const directory = store.index.directoryOf(pack);
      return Array.from(directory.lengths, (length, at) => ({ id: encodeChunkId(directory.ids, at), length }));
    });
    expect(ids).toEqual(CHUNKS.map(({ id, bytes }) => ({ id, length: bytes.length })));
  });
});

function sizeOf(blobs: readonly { size: number }[]): number {
  return blobs.reduce((sum, { size }) => sum + size, 0);
}
