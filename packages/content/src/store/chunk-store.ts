import type { ChunkId } from './chunk-id.ts';
import type { PackKind } from './directory.ts';

/**
 * Content by id: chunks go in in bulk, are deduplicated, compressed, sealed and packed; they come out by id.
 * Nothing that was put counts until a commit names the index objects that `seal` returns.
 */
export interface ChunkStore {
  /**
   * Which of these are stored, or put and not yet sealed; same order as asked. Who is told yes relies on it: see
   * {@link ChunkStore.rebase}.
   */
  has(ids: readonly ChunkId[]): boolean[];

  /**
   * Puts chunks that are not there yet; the ids are taken at their word. Waits while more than a few packs are under way
   * (bounded memory).
   * @throws SyncError of the blob store (`storage/no-space` …) when a pack could not be written: it is kept and tried again by
   * the next call, but chunks after the one that failed were not taken
   */
  put(chunks: readonly NewChunk[], options?: { readonly kind?: PackKind }): Promise<void>;

  /**
   * The content of chunks, in the order asked, those not yet sealed included; ranges of one pack are read together, segments in
   * a small cache. What comes out are views that belong to the store: not to be changed, not to be transferred.
   * @throws SyncError `content/missing` (no such chunk), `content/damaged` (does not open, or is not what its id says), naming pack and chunk
   */
  get(ids: readonly ChunkId[], options?: { readonly signal?: AbortSignal | undefined }): AsyncIterable<Uint8Array>;

  /**
   * Writes everything that was put, and what is new into index objects; flushes the blob store.
   * @param options `without`: packs (hex salts) that the index shall no longer name (prune)
   * @throws SyncError of the blob store: nothing is lost, and the next call tries again
   */
  seal(options?: { readonly without?: ReadonlySet<string> }): Promise<SealedIndex>;

  /**
   * Goes over to these index objects: after a commit that named those of {@link ChunkStore.seal}, and after another writer's
   * commit. What this store wrote and no commit has named yet stays.
   * @param options `condemned`: packs (hex salts) that commits since the last one have condemned
   */
  rebase(indexes: readonly string[], options?: { readonly condemned?: ReadonlySet<string> }): Promise<Rebased>;
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
  /** Names of the index objects in force from now on, for the commit. */
  readonly indexes: readonly string[];
  /** Hex salts of the packs that no commit has named yet. */
  readonly newPacks: readonly string[];
}

export interface Rebased {
  /**
   * Packs (hex salts) that are no more and in which this store ever found or put a chunk. When there are any, the caller asks
   * {@link ChunkStore.has} again for what no commit of its own has named yet.
   */
  readonly lostPacks: readonly string[];
}
