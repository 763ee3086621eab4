import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { BlobStore } from '../blob/blob-store.ts';
import { FolderBlobStore } from '../blob/folder-blob-store.ts';
import { MemoryBlobStore } from '../blob/memory-blob-store.ts';
import { DEFAULT_CHUNKER } from '../chunk/chunker-params.ts';
import { chunkerConstants } from '../chunk/keyed-constants.ts';
import { randomBytesOf, textOf } from '../chunk/sample-data.test.support.ts';
import { ContentIngest } from '../ingest/content-ingest.ts';
import type { Ingested } from '../ingest/ingested.ts';
import type { SealKeys } from '../seal/seal.ts';
import { chunkId } from '../store/chunk-id.ts';
import { PackedChunkStore } from '../store/packed-chunk-store.ts';
import { ContentRestore, type FileToRestore } from './content-restore.ts';

// Threads have to start, on machines with other things to do.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const folder = mkdtempSync(join(tmpdir(), 'cloudsync-restore-'));
afterAll(() => rmSync(folder, { recursive: true }));

const keys: SealKeys = { suite: 'aes-256-gcm', epochs: [{ epoch: 1, key: randomBytesOf('epoch', 32) }] };
const idKey = randomBytesOf('id key', 32);

const page = randomBytesOf('page', 65_536);
/** Nothing, small ones, several chunks, several packs, chunks that repeat, and content that others have too. */
const CONTENTS: readonly Uint8Array[] = [
  new Uint8Array(0),
  ...Array.from({ length: 300 }, (_, at) => randomBytesOf(`small ${at}`, at * 31)),
  textOf(700_000, (at) => `line ${at}\n`),
  randomBytesOf('several packs', 35 << 20),
  new Uint8Array(5 << 20),
  Buffer.concat([page, page, randomBytesOf('several packs', 1 << 20)]),
];

interface Kept {
  readonly blobs: BlobStore;
  readonly indexes: readonly string[];
  readonly files: readonly Ingested[];
}

async function keep(blobs: BlobStore): Promise<Kept> {
  const store = await PackedChunkStore.open({ blobs, keys, idKey, indexes: [] });
  const ingest = new ContentIngest({ store, idKey, params: DEFAULT_CHUNKER, constants: chunkerConstants(undefined) });
  const files = await Promise.all(
    CONTENTS.map((content) =>
      ingest.putStream(
        (async function* () {
          yield content;
        })(),
      ),
    ),
  );
  const { indexes } = await store.seal();
  await ingest.close();
  return { blobs, indexes, files };
}

const opened: ContentRestore[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((restore) => restore.close()));
});

async function openRestore({
  blobs,
  indexes,
}: Pick<Kept, 'blobs' | 'indexes'>): Promise<{ store: PackedChunkStore; restore: ContentRestore }> {
  const store = await PackedChunkStore.open({ blobs, keys, idKey, indexes });
  const restore = new ContentRestore({ store, blobs, keys, idKey });
  opened.push(restore);
  return { store, restore };
}

let names = 0;

function wanted({ chunks }: Pick<Ingested, 'chunks'>): FileToRestore {
  const name = `${names++}`;
  return { chunks, target: join(folder, name), name };
}

describe.each([
  ['a folder', () => new FolderBlobStore(mkdtempSync(join(folder, 'blobs-')))],
  ['somewhere else', () => new MemoryBlobStore()],
])('from packs in %s', (_where, makeBlobs) => {
  let kept: Kept;
  beforeAll(async () => {
    kept = await keep(makeBlobs());
  });

  it('files are made byte for byte, for their owner only', async () => {
    const { restore } = await openRestore(kept);
    const files = kept.files.map(wanted);
    let bytes = 0;
    const onBytes = (more: number): void => {
      bytes += more;
    };
    expect(await restore.restoreFiles(files, { onBytes })).toEqual(files.map(() => undefined));
    for (const [at, { target }] of files.entries()) expect(readFileSync(target).equals(CONTENTS[at] as Uint8Array)).toBe(true);
    for (const { target } of files) expect(statSync(target).mode & 0o777).toBe(0o600);
    expect(bytes).toBe(CONTENTS.reduce((sum, { length }) => sum + length, 0));
  });

  it('each gets the time and mode that it shall have, when it is complete', async () => {
    const { restore } = await openRestore(kept);
    const attributes = { mtimeMs: -1_234_567, mode: 0o440 };
    const files = kept.files.map((file) => ({ ...wanted(file), attributes }));
    expect(await restore.restoreFiles(files)).toEqual(files.map(() => undefined));
    for (const [at, { target }] of files.entries()) {
      const { mtimeMs, mode, size } = statSync(target);
      expect({ mtimeMs, mode: mode & 0o7777, size }).toEqual({ ...attributes, size: (CONTENTS[at] as Uint8Array).length });
    }
  });

  it('one small file is made without other threads', async () => {
    const { restore } = await openRestore(kept);
    const file = wanted(kept.files[200] as Ingested);
    expect(await restore.restoreFiles([file])).toEqual([undefined]);
    expect(readFileSync(file.target).equals(CONTENTS[200] as Uint8Array)).toBe(true);
  });
});

describe('what cannot be made', () => {
  let kept: Kept;
  beforeAll(async () => {
    kept = await keep(new MemoryBlobStore());
  });
  const big = CONTENTS.length - 3;

  it('a damaged pack spoils the files that need it, says its name, and leaves nothing of them; the others are made', async () => {
    const blobs = await copyOf(kept.blobs);
    const [pack] = await namesOf(blobs);
    const bytes = Buffer.from(await blobs.get(pack as string));
    bytes[5000] = (bytes[5000] as number) ^ 1;
    await blobs.put(pack as string, bytes);
    const { restore } = await openRestore({ blobs, indexes: kept.indexes });
    const files = kept.files.map(wanted);
    const results = await restore.restoreFiles(files);
    const failed = results.flatMap((result, at) => (result === undefined ? [] : [{ ...result, at }]));
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.length).toBeLessThan(files.length);
    for (const { error, at } of failed) {
      expect(error).toMatchObject({ code: 'content/damaged', message: expect.stringContaining(pack as string) });
      expect(existsSync((files[at] as FileToRestore).target)).toBe(false);
    }
    for (const [at, result] of results.entries()) {
      if (result === undefined) expect(readFileSync((files[at] as FileToRestore).target).equals(CONTENTS[at] as Uint8Array)).toBe(true);
    }
  });

  it('a pack that is gone', async () => {
    const blobs = await copyOf(kept.blobs);
    for (const name of await namesOf(blobs)) await blobs.delete(name);
    const { restore } = await openRestore({ blobs, indexes: kept.indexes });
    const files = [wanted(kept.files[0] as Ingested), wanted(kept.files[big] as Ingested)];
    expect(await restore.restoreFiles(files)).toEqual([undefined, { error: expect.objectContaining({ code: 'content/missing' }) }]);
  });

  it('a chunk that nobody has', async () => {
    const { restore } = await openRestore(kept);
    const chunks = [...(kept.files[5] as Ingested).chunks, { id: chunkId(idKey, Uint8Array.of(1)), length: 1 }];
    const file = wanted({ chunks });
    expect(await restore.restoreFiles([file])).toEqual([{ error: expect.objectContaining({ code: 'content/missing' }) }]);
    expect(existsSync(file.target)).toBe(false);
  });

  it('what is at the target already stays as it is', async () => {
    const { restore } = await openRestore(kept);
    const files = [kept.files[0], kept.files[5], kept.files[big]].map((file) => wanted(file as Ingested));
    for (const { target } of files) writeFileSync(target, 'mine');
    const results = await restore.restoreFiles(files);
    expect(results).toEqual(files.map(() => ({ error: expect.objectContaining({ code: 'storage/changed' }) })));
    for (const { target } of files) expect(statSync(target).size).toBe(4);
  });

  it('a cancelled restore leaves nothing', async () => {
    const { restore } = await openRestore(kept);
    const file = wanted(kept.files[big] as Ingested);
    const results = await restore.restoreFiles([file], { signal: AbortSignal.abort() });
    expect(results).toEqual([{ error: expect.objectContaining({ code: 'sync/cancelled' }) }]);
    expect(existsSync(file.target)).toBe(false);
  });
});

it('chunks that were put and are in no pack yet are found too', async () => {
  const { store, restore } = await openRestore({ blobs: new MemoryBlobStore(), indexes: [] });
  const bytes = randomBytesOf('fresh', 1000);
  await store.put([{ id: chunkId(idKey, bytes), bytes }]);
  const file = wanted({ chunks: [{ id: chunkId(idKey, bytes), length: bytes.length }] });
  let told = 0;
  const onBytes = (more: number): void => {
    told += more;
  };
  expect(await restore.restoreFiles([file], { onBytes })).toEqual([undefined]);
  expect(readFileSync(file.target).equals(bytes)).toBe(true);
  expect(told).toBe(bytes.length);
});

async function namesOf(blobs: BlobStore): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of blobs.list('packs/')) names.push(name);
  return names;
}

async function copyOf(blobs: BlobStore): Promise<MemoryBlobStore> {
  const copy = new MemoryBlobStore();
  for await (const { name } of blobs.list('')) await copy.create(name, [await blobs.get(name)]);
  return copy;
}
