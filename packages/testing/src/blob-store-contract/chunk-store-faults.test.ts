import { createCipheriv } from 'node:crypto';
import { type BlobStore, type ChunkId, chunkId, type NewChunk, PackedChunkStore, type SealKeys } from '@cloudsync/content';
import { SyncError } from '@cloudsync/engine';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, textOf } from '../content.ts';
import { Random } from '../random.ts';
import { Process } from '../strict-storage/process.ts';
import { BlobDisk } from './blob-disk.ts';
import { type BlobFaultKind, FaultyBlobStore } from './faulty-blob-store.ts';

const KEYS: SealKeys = { suite: 'aes-256-gcm', epochs: [{ epoch: 1, key: new Uint8Array(32).fill(1) }] };
const ID_KEY = new Uint8Array(32).fill(2);
/** What a commit is to these tests: a blob that names the index objects in force. */
const HEAD = 'head';

/** Three batches of chunks; the last repeats some of the first. */
const BATCHES = [chunksOf(0, 4), chunksOf(4, 7), [...chunksOf(7, 9), ...chunksOf(0, 2)]];
const ALL = BATCHES.flat();

function chunksOf(from: number, to: number): NewChunk[] {
  return Array.from({ length: to - from }, (_, at) => {
    const bytes = createCipheriv('aes-256-ctr', Buffer.alloc(32, from + at), Buffer.alloc(16)).update(Buffer.alloc(3000 + from + at));
    return { id: chunkId(ID_KEY, bytes), bytes };
  });
}

function newDisk(capacityBytes = Number.POSITIVE_INFINITY): BlobDisk {
  return new BlobDisk({ now: () => 0, capacityBytes });
}

/** @param present where the head is read, when not through `blobs` */
async function openHead(blobs: BlobStore, present: BlobStore = blobs): Promise<PackedChunkStore> {
  const head: unknown = JSON.parse(await present.get(HEAD).then(textOf, () => '[]'));
  return PackedChunkStore.open({ blobs, keys: KEYS, idKey: ID_KEY, indexes: head as string[] });
}

async function commit(store: PackedChunkStore, blobs: BlobStore): Promise<void> {
  const { indexes } = await store.seal();
  await blobs.put(HEAD, bytesOf(JSON.stringify(indexes)));
  await blobs.flush();
  await store.rebase(indexes);
}

/** Three commits. */
async function write(blobs: BlobStore): Promise<void> {
  const store = await openHead(blobs);
  await store.adoptOrphans();
  for (const batch of BATCHES) {
    await store.put(batch);
    await commit(store, blobs);
  }
}

async function contentOf(store: PackedChunkStore, ids: readonly ChunkId[]): Promise<Buffer[]> {
  const all: Buffer[] = [];
  for await (const bytes of store.get(ids)) all.push(Buffer.from(bytes));
  return all;
}

/** Whatever is committed is whole: every chunk that the index knows comes out as what its id says. */
async function assertWhole(blobs: BlobStore, chunks: readonly NewChunk[]): Promise<void> {
  const store = await openHead(blobs);
  const known = chunks.filter(({ id }) => store.has([id])[0]);
  expect(
    await contentOf(
      store,
      known.map(({ id }) => id),
    ),
  ).toEqual(known.map(({ bytes }) => Buffer.from(bytes)));
}

/** Times that a chunk lies in a pack. */
async function copiesOf(blobs: BlobStore): Promise<number[]> {
  const store = await PackedChunkStore.open({ blobs, keys: KEYS, idKey: ID_KEY, indexes: [] });
  await store.adoptOrphans({ all: true });
  const ids = [...new Set(ALL.map(({ id }) => id))];
  return ids.map((id) => [...store.index.places(Buffer.from(id, 'base64url'))].length);
}

describe('a writer that is killed', { timeout: 60_000 }, () => {
  it('before or after any write leaves what was committed; the next one finishes and stores nothing twice', async () => {
    const whole = new Process();
    await write(new FaultyBlobStore({ disk: newDisk(), process: whole }));
    expect(whole.steps).toBeGreaterThan(25);
    for (let diesAtStep = 1; diesAtStep <= whole.steps; diesAtStep++) {
      const disk = newDisk();
      const process = new Process({ diesAtStep });
      await Promise.race([write(new FaultyBlobStore({ disk, process })), process.death]);
      const blobs = new FaultyBlobStore({ disk });
      await assertWhole(blobs, ALL);
      await write(blobs);
      expect(await contentOf(await openHead(blobs), idsOf(ALL)), `killed at step ${diesAtStep}`).toEqual(bytesOfAll(ALL));
      expect(await copiesOf(blobs), `killed at step ${diesAtStep}`).toEqual(Array(9).fill(1));
    }
  });

  it('with a power cut, too: what was committed is there, and the next one finishes', async () => {
    const whole = new Process();
    await write(new FaultyBlobStore({ disk: newDisk(), process: whole }));
    for (let diesAtStep = 1; diesAtStep <= whole.steps; diesAtStep++) {
      for (let seed = 0; seed < 5; seed++) {
        const disk = newDisk();
        const process = new Process({ diesAtStep });
        await Promise.race([write(new FaultyBlobStore({ disk, process })), process.death]);
        disk.powerCut(new Random(seed));
        const blobs = new FaultyBlobStore({ disk });
        await assertWhole(blobs, ALL);
        await write(blobs);
        disk.powerCut(new Random(seed));
        expect(await contentOf(await openHead(blobs), idsOf(ALL))).toEqual(bytesOfAll(ALL));
      }
    }
  });
});

describe('calls that fail', { timeout: 60_000 }, () => {
  it('before or after they were done: the writer tries again, and everything is stored once', async () => {
    const fired: Partial<Record<BlobFaultKind, number>> = {};
    for (let seed = 0; seed < 60; seed++) {
      const blobs = new FaultyBlobStore({
        disk: newDisk(),
        random: new Random(seed),
        rates: { 'error-before': 0.15, 'error-after': 0.15 },
      });
      const store = await persistently(() => openHead(blobs));
      for (const batch of BATCHES) {
        await persistently(() => store.put(batch));
        await persistently(() => commit(store, blobs));
      }
      blobs.enabled = false;
      expect(await contentOf(await openHead(blobs), idsOf(ALL))).toEqual(bytesOfAll(ALL));
      expect(await copiesOf(blobs)).toEqual(Array(9).fill(1));
      for (const [kind, count] of Object.entries(blobs.fired)) fired[kind as BlobFaultKind] = (fired[kind as BlobFaultKind] ?? 0) + count;
    }
    expect(fired['error-before']).toBeGreaterThan(50);
    expect(fired['error-after']).toBeGreaterThan(50);
  });

  it('happen at the same calls for the same seed, and at others for another', async () => {
    const story = async (seed: number): Promise<string[]> => {
      const calls: string[] = [];
      const process = new Process({ onStep: (_step, label) => calls.push(label.replace(/[0-9a-f]{64}/g, '…')) });
      const rates = { 'error-before': 0.2, 'error-after': 0.2 };
      const blobs = new FaultyBlobStore({ disk: newDisk(), process, random: new Random(seed), rates });
      for (const at of [1, 2, 3, 4, 5, 6, 7, 8]) await blobs.create(`packs/${at}`, []).catch(({ message }: Error) => calls.push(message));
      return calls;
    };
    expect(await story(3)).toEqual(await story(3));
    expect(await story(3)).not.toEqual(await story(4));
  });

  it('a stale listing hides orphans, and loses nothing', async () => {
    const disk = newDisk();
    const blobs = new FaultyBlobStore({ disk, random: new Random(1), rates: { 'stale-listing': 1 } });
    for await (const _ of blobs.list('packs/')) throw new Error('nothing is there yet');
    const dead = await openHead(new FaultyBlobStore({ disk }));
    await dead.put(ALL);
    await dead.seal();
    await write(blobs);
    expect(blobs.fired['stale-listing']).toBeGreaterThan(0);
    expect(await contentOf(await openHead(blobs), idsOf(ALL))).toEqual(bytesOfAll(ALL));
  });
});

describe('a full disk', () => {
  it('is said, loses nothing that was committed or put, and is got over', async () => {
    const disk = newDisk(20_000);
    const blobs = new FaultyBlobStore({ disk });
    const store = await openHead(blobs);
    await store.put(BATCHES[0] as NewChunk[]);
    await commit(store, blobs);
    await store.put([...(BATCHES[1] as NewChunk[]), ...(BATCHES[2] as NewChunk[])]);
    await expect(commit(store, blobs)).rejects.toMatchObject({ code: 'storage/no-space' });
    await assertWhole(blobs, ALL);
    expect(await contentOf(store, idsOf(ALL))).toEqual(bytesOfAll(ALL));
    disk.capacityBytes = Number.POSITIVE_INFINITY;
    await commit(store, blobs);
    expect(await contentOf(await openHead(blobs), idsOf(ALL))).toEqual(bytesOfAll(ALL));
  });
});

describe('damage', { timeout: 60_000 }, () => {
  it('bits that flip while they are read: the right bytes or a typed error, never others', async () => {
    const disk = newDisk();
    await write(new FaultyBlobStore({ disk }));
    const seen = { right: 0, refused: 0 };
    for (let seed = 0; seed < 200; seed++) {
      const blobs = new FaultyBlobStore({ disk, random: new Random(seed), rates: { 'bit-flip': 0.3 } });
      const outcome = await readOrRefuse(blobs, new FaultyBlobStore({ disk }));
      seen[outcome]++;
    }
    expect(Math.min(seen.right, seen.refused)).toBeGreaterThan(20);
  });

  it('on the disk, of any kind, in any pack or index object: the right bytes or a typed error that names an object', async () => {
    const written = newDisk();
    await write(new FaultyBlobStore({ disk: written }));
    const objects = written.list('').filter(({ name }) => name !== HEAD);
    const object = fc.nat(objects.length - 1);
    const damage = fc.oneof(
      fc.record({ type: fc.constant('flip' as const), object, at: fc.nat() }),
      fc.record({ type: fc.constant('cut' as const), object, at: fc.nat() }),
      fc.record({ type: fc.constant('grow' as const), object, at: fc.nat(100) }),
      fc.record({ type: fc.constant('swap' as const), object, at: object }),
      fc.record({ type: fc.constant('lose' as const), object, at: fc.constant(0) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 2 }), async (damages) => {
        const disk = newDisk();
        for (const { name } of written.list('')) disk.replace(name, written.read(name));
        for (const { type, object: chosen, at } of damages) {
          const name = objects[chosen]?.name ?? '';
          const bytes = disk.read(name) ?? new Uint8Array(1);
          if (type === 'flip') disk.replace(name, flipped(bytes, at % (bytes.length * 8)));
          else if (type === 'cut') disk.replace(name, bytes.subarray(0, at % bytes.length));
          else if (type === 'grow') disk.replace(name, Buffer.concat([bytes, Buffer.alloc(at + 1)]));
          else if (type === 'swap') disk.replace(name, written.read(objects[at]?.name ?? ''));
          else disk.replace(name, undefined);
        }
        const blobs = new FaultyBlobStore({ disk });
        await readOrRefuse(blobs, blobs);
      }),
      { numRuns: 300 },
    );
  });

  it('one copy of a chunk is damaged and another is not: the good one is taken', async () => {
    const disk = newDisk();
    const [a, b] = await Promise.all([openHead(new FaultyBlobStore({ disk })), openHead(new FaultyBlobStore({ disk }))]);
    await a.put(ALL);
    await b.put(ALL);
    const indexes = [...(await a.seal()).indexes, ...(await b.seal()).indexes];
    const blobs = new FaultyBlobStore({ disk });
    const packs = disk.list('packs/').map(({ name }) => name);
    expect(packs).toHaveLength(2);
    for (const name of packs) {
      const sound = disk.read(name) as Uint8Array;
      disk.replace(name, flipped(sound, 800));
      const store = await PackedChunkStore.open({ blobs, keys: KEYS, idKey: ID_KEY, indexes });
      expect(await contentOf(store, idsOf(ALL))).toEqual(bytesOfAll(ALL));
      disk.replace(name, sound);
    }
  });
});

/** Reads everything. Fails when a chunk comes out wrong, or an error does not say which object is damaged. */
async function readOrRefuse(blobs: BlobStore, present: BlobStore): Promise<'right' | 'refused'> {
  try {
    const store = await openHead(blobs, present);
    let outcome: 'right' | 'refused' = 'right';
    for (const { id, bytes } of ALL) {
      try {
        expect(await contentOf(store, [id])).toEqual([Buffer.from(bytes)]);
      } catch (error) {
        assertNamesObject(error);
        outcome = 'refused';
      }
    }
    return outcome;
  } catch (error) {
    assertNamesObject(error);
    return 'refused';
  }
}

function assertNamesObject(error: unknown): void {
  if (error instanceof Error && error.name === 'AssertionError') throw error;
  expect(SyncError.is(error), String(error)).toBe(true);
  expect((error as SyncError).code).toMatch(/^content\/(damaged|missing)$|^vault\/newer-version$/);
  expect((error as SyncError).message).toMatch(/packs\/|index\//);
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const damaged = Uint8Array.from(bytes);
  damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
  return damaged;
}

async function persistently<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!SyncError.is(error, 'storage/unreachable')) throw error;
    }
  }
}

function idsOf(chunks: readonly NewChunk[]): ChunkId[] {
  return chunks.map(({ id }) => id);
}

function bytesOfAll(chunks: readonly NewChunk[]): Buffer[] {
  return chunks.map(({ bytes }) => Buffer.from(bytes));
}
