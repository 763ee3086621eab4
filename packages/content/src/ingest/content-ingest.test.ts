import { hash } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalFile, SyncError } from '@cloudsync/engine';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { MemoryBlobStore } from '../blob/memory-blob-store.ts';
import { Chunker } from '../chunk/chunker.ts';
import { DEFAULT_CHUNKER } from '../chunk/chunker-params.ts';
import { chunkerConstants } from '../chunk/keyed-constants.ts';
import { randomBytesOf, textOf } from '../chunk/sample-data.test.support.ts';
import type { SealKeys } from '../seal/seal.ts';
import { chunkId } from '../store/chunk-id.ts';
import type { ChunkRef } from '../store/chunk-store.ts';
import { PackedChunkStore } from '../store/packed-chunk-store.ts';
import { ARENA_BYTES } from './arenas.ts';
import { ContentIngest } from './content-ingest.ts';
import type { Ingested, IngestResult } from './ingested.ts';

// Threads have to start, on machines with other things to do.
vi.setConfig({ testTimeout: 30_000 });

const folder = mkdtempSync(join(tmpdir(), 'cloudsync-ingest-'));
afterAll(() => rmSync(folder, { recursive: true }));

const keys: SealKeys = { suite: 'aes-256-gcm', epochs: [{ epoch: 1, key: randomBytesOf('epoch', 32) }] };
const idKey = randomBytesOf('id key', 32);
const constants = chunkerConstants(randomBytesOf('chunker key', 32));

const opened: ContentIngest[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((ingest) => ingest.close()));
});

async function openStore(
  blobs = new MemoryBlobStore(),
): Promise<{ store: PackedChunkStore; ingest: ContentIngest; blobs: MemoryBlobStore }> {
  const store = await PackedChunkStore.open({ blobs, keys, idKey, indexes: [] });
  const ingest = new ContentIngest({ store, idKey, params: DEFAULT_CHUNKER, constants });
  opened.push(ingest);
  return { store, ingest, blobs };
}

let names = 0;

function plant(content: Uint8Array): LocalFile {
  const path = join(folder, `${names++}`);
  writeFileSync(path, content);
  return localFile(path);
}

function localFile(path: string): LocalFile {
  const { size, mtimeMs, ino, birthtimeMs } = statSync(path);
  const identity = { ino, birthtimeMs: Math.round(birthtimeMs) };
  return { path, name: path.slice(folder.length + 1), size, mtimeMs: Math.round(mtimeMs * 1000) / 1000, identity, follow: false };
}

/** What must come of a content, made in one piece. */
function expected(content: Uint8Array): Ingested {
  const chunker = new Chunker({ constants });
  const ends = [...chunker.push(content), ...chunker.end()];
  const chunks = ends.map((end, at): ChunkRef => {
    const bytes = content.subarray(ends[at - 1] ?? 0, end);
    return { id: chunkId(idKey, bytes), length: bytes.length };
  });
  return { hash: hash('sha256', content), size: content.length, chunks };
}

async function readBack(store: PackedChunkStore, { chunks }: Ingested): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of store.get(chunks.map(({ id }) => id))) parts.push(part);
  return Buffer.concat(parts);
}

function mustBeThere(result: IngestResult | undefined): Ingested {
  if (result === undefined || 'error' in result) throw result?.error ?? new Error('no result');
  return result;
}

/** `content` in pieces of memory that is used again and again. */
async function* inPieces(content: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  const memory = new Uint8Array(pieceBytes);
  for (let at = 0; at < content.length; at += pieceBytes) {
    const piece = content.subarray(at, at + pieceBytes);
    memory.set(piece);
    yield memory.subarray(0, piece.length);
  }
}

/** Of every size that takes a way of its own: nothing, below a chunk, several chunks, an arena, several. */
const CONTENTS = [
  new Uint8Array(0),
  Uint8Array.of(7),
  randomBytesOf('small', 4096),
  textOf(300_000, (i) => `line ${i}\n`),
  randomBytesOf('some chunks', 1_000_000),
  randomBytesOf('an arena', ARENA_BYTES),
  randomBytesOf('an arena and a byte', ARENA_BYTES + 1),
  new Uint8Array(3 * ARENA_BYTES),
  randomBytesOf('several arenas', 3 * ARENA_BYTES + 12_345),
];

describe('files of this machine', () => {
  it('come back byte for byte, with the hashes and chunks that they must have', async () => {
    const { store, ingest } = await openStore();
    const results = await ingest.putFiles(CONTENTS.map(plant));
    expect(results).toEqual(CONTENTS.map(expected));
    await store.seal();
    for (const [at, content] of CONTENTS.entries()) expect((await readBack(store, mustBeThere(results[at]))).equals(content)).toBe(true);
  });

  it('a single small one is done without other threads', async () => {
    const { store, ingest } = await openStore();
    const content = randomBytesOf('alone', 100_000);
    const [result] = await ingest.putFiles([plant(content)]);
    expect(result).toEqual(expected(content));
    expect((await readBack(store, mustBeThere(result))).equals(content)).toBe(true);
  });

  it('many small ones come back, in the order asked', async () => {
    const { store, ingest } = await openStore();
    const contents = Array.from({ length: 1500 }, (_, at) => randomBytesOf(`small ${at}`, (at * 37) % 9000));
    const results = await ingest.putFiles(contents.map(plant));
    expect(results).toEqual(contents.map(expected));
    for (const at of [0, 1, 777, 1499]) {
      expect((await readBack(store, mustBeThere(results[at]))).equals(contents[at] as Uint8Array)).toBe(true);
    }
  });

  it('the same content is stored once: within a call, and later', async () => {
    const { store, ingest, blobs } = await openStore();
    const content = randomBytesOf('twice', 900_000);
    await ingest.putFiles([plant(content), plant(content)]);
    await store.seal();
    const before = await sizeOf(blobs);
    expect(before).toBeLessThan(1_000_000);
    await ingest.putFiles([plant(content)]);
    await store.seal();
    expect(await sizeOf(blobs)).toBe(before);
  });

  it('an edit in the middle stores only what changed', async () => {
    const { store, ingest, blobs } = await openStore();
    const content = randomBytesOf('edited', 12 << 20);
    await ingest.putFiles([plant(content)]);
    await store.seal();
    const before = await sizeOf(blobs);
    const edited = Buffer.concat([content.subarray(0, 6_000_000), Uint8Array.of(1), content.subarray(6_000_000)]);
    const [result] = await ingest.putFiles([plant(edited)]);
    await store.seal();
    expect(mustBeThere(result)).toEqual(expected(edited));
    expect((await sizeOf(blobs)) - before).toBeLessThan(300 << 10);
  });

  it('nothing to do is fine', async () => {
    const { ingest } = await openStore();
    expect(await ingest.putFiles([])).toEqual([]);
  });
});

async function sizeOf(blobs: MemoryBlobStore): Promise<number> {
  let bytes = 0;
  for await (const { size } of blobs.list('packs/')) bytes += size;
  return bytes;
}

describe('a file that fails does not stop the others', () => {
  const big = (): LocalFile => plant(randomBytesOf('big', 2 * ARENA_BYTES));
  const gone = (file: LocalFile): LocalFile => {
    rmSync(file.path);
    return file;
  };
  it.each<[string, () => LocalFile, string]>([
    ['it is gone', () => gone(plant(Uint8Array.of(1))), 'storage/not-found'],
    ['a big one is gone', () => gone(big()), 'storage/not-found'],
    ['it has another time', () => ({ ...plant(Uint8Array.of(1)), mtimeMs: 5 }), 'storage/changed'],
    ['it is another file', () => ({ ...plant(Uint8Array.of(1)), identity: { ino: 1, birthtimeMs: 1 } }), 'storage/changed'],
    ['it has grown', () => ({ ...plant(Uint8Array.of(1, 2)), size: 1 }), 'storage/changed'],
    ['a big one is shorter now', () => shortened(big()), 'storage/changed'],
    ['a symlink has taken its place', () => linked(plant(Uint8Array.of(1))), 'storage/changed'],
    ['a folder has taken its place', () => ({ ...plant(Uint8Array.of(1)), path: folder }), 'storage/changed'],
  ])('%s', async (_what, make, code) => {
    const { ingest } = await openStore();
    const [first, failed, last] = await ingest.putFiles([plant(Uint8Array.of(1)), make(), plant(Uint8Array.of(2))]);
    expect(failed).toEqual({ error: expect.objectContaining({ code }) });
    expect(mustBeThere(first).size + mustBeThere(last).size).toBe(2);
  });

  it('a file system without identities, and a followed symlink, are no failure', async () => {
    const { ingest } = await openStore();
    const file = plant(Uint8Array.of(9));
    const link = `${file.path}-link`;
    symlinkSync(file.path, link);
    const results = await ingest.putFiles([
      { ...file, identity: undefined },
      { ...file, path: link, follow: true },
    ]);
    expect(results.map((result) => mustBeThere(result).size)).toEqual([1, 1]);
  });

  it('when the store has no space, each says so', async () => {
    const { ingest } = await openStore(new FullBlobs());
    const results = await ingest.putFiles([plant(randomBytesOf('no space', 40 << 20)), plant(randomBytesOf('nor here', 30 << 20))]);
    expect(results).toContainEqual({ error: expect.objectContaining({ code: 'storage/no-space' }) });
  });

  it('when it is cancelled, what has not begun is not done', async () => {
    const { ingest } = await openStore();
    const results = await ingest.putFiles([plant(Uint8Array.of(1)), big()], { signal: AbortSignal.abort() });
    expect(results).toEqual(results.map(() => ({ error: expect.objectContaining({ code: 'sync/cancelled' }) })));
  });
});

function shortened(file: LocalFile): LocalFile {
  const { atime, mtime } = statSync(file.path);
  truncateSync(file.path, file.size - 1);
  utimesSync(file.path, atime, mtime);
  return { ...file, mtimeMs: localFile(file.path).mtimeMs };
}

function linked(file: LocalFile): LocalFile {
  const real = `${file.path}-real`;
  writeFileSync(real, Uint8Array.of(1));
  rmSync(file.path);
  symlinkSync(real, file.path);
  return file;
}

class FullBlobs extends MemoryBlobStore {
  override create(name: string): Promise<boolean> {
    return Promise.reject(new SyncError('storage/no-space', `no space for ${name}; free some`, { path: name }));
  }
}

describe('a stream', () => {
  it.each([1 << 20, 64 << 10, 999_983])('in pieces of %d bytes gives what a file gives', async (pieceBytes) => {
    const { store, ingest } = await openStore();
    for (const content of CONTENTS) {
      const result = await ingest.putStream(inPieces(content, pieceBytes));
      expect(result).toEqual(expected(content));
      expect((await readBack(store, result)).equals(content)).toBe(true);
    }
  });

  it('many at once do not mix', async () => {
    const { ingest } = await openStore();
    const contents = Array.from({ length: 40 }, (_, at) =>
      randomBytesOf(`stream ${at}`, at % 8 === 0 ? ARENA_BYTES + at * 1000 : at * 500),
    );
    const results = await Promise.all(contents.map((content) => ingest.putStream(inPieces(content, 100_000))));
    expect(results).toEqual(contents.map(expected));
  });

  it.each([0, 2 * ARENA_BYTES])('that breaks after %d bytes throws what it threw, and the next one is well', async (bytes) => {
    const { ingest } = await openStore();
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield* inPieces(randomBytesOf('broken', bytes), 1 << 20);
      throw new SyncError('storage/unreachable', 'the line is cut; try again');
    }
    await expect(ingest.putStream(broken())).rejects.toThrow(expect.objectContaining({ code: 'storage/unreachable' }));
    const content = randomBytesOf('next', 3 * ARENA_BYTES);
    expect(await ingest.putStream(inPieces(content, 1 << 20))).toEqual(expected(content));
  });

  it('ends when it is cancelled', async () => {
    const { ingest } = await openStore();
    const cancel = new AbortController();
    const onBytes = (): void => cancel.abort();
    const put = ingest.putStream(inPieces(new Uint8Array(2 * ARENA_BYTES), 1 << 20), { signal: cancel.signal, onBytes });
    await expect(put).rejects.toThrow(expect.objectContaining({ code: 'sync/cancelled' }));
  });
});

it('bytes are reported as they are read', async () => {
  const { ingest } = await openStore();
  let bytes = 0;
  const onBytes = (more: number): void => {
    bytes += more;
  };
  await ingest.putFiles(CONTENTS.map(plant), { onBytes });
  expect(bytes).toBe(CONTENTS.reduce((sum, { length }) => sum + length, 0));
});

it('impossible sizes of chunks are refused', async () => {
  const { store } = await openStore();
  const params = { ...DEFAULT_CHUNKER, average: 7 };
  expect(() => new ContentIngest({ store, idKey, params, constants })).toThrow(expect.objectContaining({ code: 'config/invalid' }));
});
