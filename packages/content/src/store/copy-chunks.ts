import { SyncError } from '@cloudsync/engine/model/error';
import type { ChunkId } from './chunk-id.ts';
import type { PackKind } from './directory.ts';
import type { PackedChunkStore } from './packed-chunk-store.ts';
import { SegmentBuilder } from './segment-builder.ts';

export interface CopyChunksOptions {
  readonly kind: PackKind;
  readonly signal?: AbortSignal | undefined;
  /** Told about a chunk that cannot be read, which is left out. Default: the copying fails. */
  readonly onDamaged?: ((id: ChunkId, problem: SyncError) => void) | undefined;
}

/** Chunks asked for in one call. */
const WINDOW = 256;

/**
 * Puts chunks into new packs although they are stored: what prune keeps of a pack that shall go, what repair saves of a damaged one.
 * The new packs are the store's own until a commit names them.
 * @throws SyncError `content/missing`, `content/damaged`, and those of the blob store
 */
export async function copyChunks(store: PackedChunkStore, ids: Iterable<ChunkId>, options: CopyChunksOptions): Promise<void> {
  const copy = new Copy(store, options.kind);
  let window: ChunkId[] = [];
  for (const id of ids) {
    window.push(id);
    if (window.length < WINDOW) continue;
    await copyWindow(store, copy, window, options);
    window = [];
  }
  await copyWindow(store, copy, window, options);
  await copy.finish();
}

async function copyWindow(store: PackedChunkStore, copy: Copy, ids: readonly ChunkId[], options: CopyChunksOptions): Promise<void> {
  const { signal, onDamaged } = options;
  let at = 0;
  try {
    for await (const bytes of store.get(ids, { signal })) await copy.add(ids[at++] as ChunkId, bytes);
  } catch (error) {
    const isDamage = SyncError.is(error, 'content/damaged') || SyncError.is(error, 'content/missing');
    if (onDamaged === undefined || !isDamage) throw error;
    onDamaged(ids[at] as ChunkId, error);
    await copyWindow(store, copy, ids.slice(at + 1), options);
  }
}

/** A segment that is being filled. */
class Copy {
  readonly #store: PackedChunkStore;
  readonly #kind: PackKind;
  #builder = new SegmentBuilder();

  constructor(store: PackedChunkStore, kind: PackKind) {
    this.#store = store;
    this.#kind = kind;
  }

  async add(id: ChunkId, bytes: Uint8Array): Promise<void> {
    if (!this.#builder.fits(bytes)) await this.finish();
    this.#builder.add(id, bytes);
  }

  async finish(): Promise<void> {
    if (this.#builder.chunks.length === 0) return;
    const slot = this.#store.reserve(this.#kind);
    const segment = this.#builder.seal(slot);
    this.#builder = new SegmentBuilder();
    await this.#store.deliver(slot, segment);
  }
}
