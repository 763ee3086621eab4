import { createHash, hash } from 'node:crypto';
import type { ChunkId, ChunkStore, NewChunk } from '@cloudsync/content';
import { SyncError } from '@cloudsync/engine';
import { NodeStore } from './node-store.ts';
import type { Row } from './row.ts';

/** Chunks in a map, with counters of what was asked. */
export class MemoryChunks implements Pick<ChunkStore, 'get' | 'put'> {
  readonly chunks = new Map<ChunkId, Uint8Array>();
  reads = 0;

  async put(chunks: readonly NewChunk[]): Promise<void> {
    for (const { id, bytes } of chunks) this.chunks.set(id, bytes);
  }

  async *get(ids: readonly ChunkId[]): AsyncGenerator<Uint8Array> {
    for (const id of ids) {
      const bytes = this.chunks.get(id);
      if (bytes === undefined) throw new SyncError('content/missing', `${id} is missing`);
      this.reads++;
      yield bytes;
    }
  }
}

/** The id of a chunk under an id key of 32 zero bytes. */
function idOf(bytes: Uint8Array): ChunkId {
  return createHash('sha256')
    .update(new Uint8Array(32))
    .update(hash('sha256', bytes, 'buffer'))
    .digest('base64url');
}

/** Nothing of it is in memory: what is read is decoded again. */
export function nodesOf(chunks: MemoryChunks): NodeStore {
  return new NodeStore({ chunks, idOf });
}

export function fileRow(path: string, version = 1): Row {
  const hex = hash('sha256', `${path} ${version}`, 'hex');
  return {
    path,
    kind: 'file',
    size: 3,
    mtimeMs: 1_700_000_000_000 + version,
    mode: 0o644,
    id: hex.slice(0, 16),
    vector: `aaaaaaaaaaaaaaaa:${version}`,
    hash: hex,
    content: { chunks: [{ id: idOf(Buffer.from(hex)), length: 3 }] },
  };
}

export function tombstoneRow(path: string, sequence: number): Row {
  return { path, kind: 'tombstone', sequence, mtimeMs: 5, id: '0123456789abcdef', vector: 'aaaaaaaaaaaaaaaa:9' };
}
