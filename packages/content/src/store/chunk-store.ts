import type { ChunkId } from './chunk-id.ts';
import type { PackKind } from './directory.ts';

/**
 * Content by id: chunks go in in bulk, are deduplicated, compressed, sealed and packed; they come out by id.
 * Nothing that was put counts until a commit names the index objects that `seal` returns.
 */
export interface ChunkStore {
  /** Which of these are stored, or put and not yet sealed; same order as asked. */
  has(ids: readonly ChunkId[]): boolean[];

  /** Puts chunks that are not there yet. Waits while more than a few segments are under way (bounded memory). */
  put(chunks: readonly NewChunk[], options?: { readonly kind?: PackKind }): Promise<void>;

  /**
   * The content of chunks, in the order asked; ranges of one pack are read together, segments in a small cache.
   * @throws SyncError `content/missing` (no such chunk), `content/damaged` (does not open, or is not what its id says), naming pack and chunk
   */
  get(ids: readonly ChunkId[], options?: { readonly signal?: AbortSignal | undefined }): AsyncIterable<Uint8Array>;

  /**
   * Closes open packs, writes what is new into index objects, flushes the blob store.
   * @returns names of the index objects that are in force from now on, for the commit; `dedupPacks`: packs of others that
   * chunks put since the last seal were found in and that therefore must still be there when the commit comes to be
   */
  seal(): Promise<SealedIndex>;
}

export interface NewChunk {
  readonly id: ChunkId;
  readonly bytes: Uint8Array;
}

/** A chunk of a file's content list. */
export interface ChunkRef {
  readonly id: ChunkId;
  /** Bytes. */
  readonly length: number;
}

export interface SealedIndex {
  readonly indexes: readonly string[];
  /** Hex salts of packs written since the last seal. */
  readonly newPacks: readonly string[];
}
