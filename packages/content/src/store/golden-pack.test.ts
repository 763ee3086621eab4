import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { MemoryBlobStore } from '../blob/memory-blob-store.ts';
import { beginSeal, type SealKeys, sealPiece } from '../seal/seal.ts';
import { chunkId, decodeChunkId } from './chunk-id.ts';
import { packName, packParts } from './pack-format.ts';
import { PackedChunkStore } from './packed-chunk-store.ts';
import { contentOf } from './store.test.support.ts';

const SALT = '0123456789abcdef'.repeat(4);
const ID_KEY = Buffer.alloc(32, 7);
const KEYS: SealKeys = { suite: 'aes-256-gcm', epochs: [{ epoch: 1, key: Buffer.alloc(32, 1) }] };
const CHUNK = Buffer.from('hello');

/** Frozen: what any writer of format 1 makes of these keys, and any reader reads. */
const OBJECT_KEY = '6cc7d1ff382db7118d7acedf90022e1aa727d037041a9afa80d1450ad41b65c3';
const ID = 'fea30940d89b74863aa6c36bbd3793a8d7562a70fa3c95a46c3b02e23915f53e';
const PACK = [
  '43535031010000010123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
  '55990aa7e9ba89bbe5a443e29332595cda5dec15e7',
  'f4c56f778fc8eb54ae6636e512f47d57f3e3bbae7ccffa558ec9c8da5d16d1abdf72b7a93538a4c2d6d62b145a0187d6ccf033f94826659bab60c802d38fc91d232460fd97a24c6fefba',
  '0000004a4353502e',
];

it('the worked example of docs/formats/content.md is what we write', () => {
  const seal = beginSeal(KEYS, 'pack', Buffer.from(SALT, 'hex'));
  const id = decodeChunkId(chunkId(ID_KEY, CHUNK));
  const segment = { piece: 0, codec: 0 as const, sealedLength: 21, rawLength: 5, chunks: 1 };
  const parts = packParts(seal, { kind: 'data', segments: [segment], ids: id, lengths: Uint32Array.of(5) }, [sealPiece(seal, 0, CHUNK)]);
  const hex = parts.map((part) => Buffer.from(part).toString('hex'));
  expect([Buffer.from(seal.key).toString('hex'), id.toString('hex'), hex]).toEqual([OBJECT_KEY, ID, PACK]);
});

it('and what we read', async () => {
  const blobs = new MemoryBlobStore();
  await blobs.create(packName(SALT), [Buffer.from(PACK.join(''), 'hex')]);
  const store = await PackedChunkStore.open({ blobs, keys: KEYS, idKey: ID_KEY, indexes: [] });
  expect((await store.adoptOrphans()).unreadable).toEqual([]);
  expect(await contentOf(store, [chunkId(ID_KEY, CHUNK)])).toEqual([CHUNK]);
});

it('and the document says it', () => {
  const text = readFileSync(new URL('../../../../docs/formats/content.md', import.meta.url), 'utf8').replaceAll(/\s+/g, '');
  for (const value of [OBJECT_KEY, ID, ...PACK]) expect(text).toContain(value);
});
