import { createCipheriv, hash } from 'node:crypto';
import type { BlobStore } from '../blob/blob-store.ts';
import { MemoryBlobStore } from '../blob/memory-blob-store.ts';
import type { SealKeys } from '../seal/seal.ts';
import type { SealSuite } from '../seal/suites.ts';
import { chunkId } from './chunk-id.ts';
import type { ChunkStore, NewChunk } from './chunk-store.ts';
import { PackedChunkStore } from './packed-chunk-store.ts';

export const ID_KEY = Buffer.alloc(32, 7);

export function keysOf(suite: SealSuite = 'aes-256-gcm'): SealKeys {
  return { suite, epochs: [{ epoch: 1, key: Buffer.alloc(32, 1) }] };
}

/** Bytes that depend on the seed only and do not compress. */
export function noise(seed: number | string, length: number): Buffer {
  const key = hash('sha256', String(seed), 'buffer');
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
}

export function chunkOf(bytes: Uint8Array): NewChunk {
  return { id: chunkId(ID_KEY, bytes), bytes };
}

export function openStore(
  blobs: BlobStore = new MemoryBlobStore(),
  indexes: readonly string[] = [],
  suite?: SealSuite,
): Promise<PackedChunkStore> {
  return PackedChunkStore.open({ blobs, keys: keysOf(suite), idKey: ID_KEY, indexes });
}

export async function contentOf(store: ChunkStore, ids: readonly string[]): Promise<Buffer[]> {
  const all: Buffer[] = [];
  for await (const bytes of store.get(ids)) all.push(Buffer.from(bytes));
  return all;
}

/** Names and sizes of all blobs below a prefix. */
export async function blobsBelow(blobs: BlobStore, prefix: string): Promise<{ name: string; size: number }[]> {
  const all: { name: string; size: number }[] = [];
  for await (const { name, size } of blobs.list(prefix)) all.push({ name, size });
  return all;
}
