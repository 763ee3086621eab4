import { type BlobStore, type ChunkId, encodeChunkId, INDEX_PREFIX, PackedChunkStore, packName, type SealKeys } from '@cloudsync/content';
import { SyncError } from '@cloudsync/engine';
import { Mutex } from '../database/mutex.ts';

export interface PackChunksOptions {
  readonly blobs: BlobStore;
  /** 32 bytes each. */
  readonly idKey: Uint8Array;
  readonly packKey: Uint8Array;
  /** Index objects in force, as the database names them. */
  readonly indexes: () => readonly string[];
  /** Makes the database name these instead. Durable when it resolves. */
  readonly setIndexes: (indexes: readonly string[]) => Promise<void>;
}

/**
 * Chunks in packs (docs/formats/content.md). A commit may refer only to those that are *settled*: the database names an index object that lists
 * them. Packs that a collection of garbage takes away are *condemned* from the moment when it decides: nobody can refer to what is in them any more.
 */
export class PackChunks {
  readonly #options: PackChunksOptions;
  /** Whoever adds chunks or takes packs away. */
  readonly #gate = new Mutex();
  #opening: Promise<PackedChunkStore> | undefined;
  #store: PackedChunkStore | undefined;
  #condemned: ReadonlySet<string> = new Set();
  /** Whether anything was put that is not settled. */
  #isDirty = false;

  constructor(options: PackChunksOptions) {
    this.#options = options;
  }

  /** To be awaited before anything synchronous is asked. */
  async ready(): Promise<PackedChunkStore> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  /** Bytes of a chunk that a commit may refer to. */
  settledLength(id: Uint8Array): number | undefined {
    const { index } = this.#opened;
    for (const { pack, length } of index.places(id))
      if (this.#opened.isInForce(pack.salt) && !this.#condemned.has(pack.salt)) return length;
    return undefined;
  }

  /** Whether a chunk is here, or will be once it is settled. */
  has(id: Uint8Array): boolean {
    const [isThere = false] = this.#opened.has([encodeChunkId(id)]);
    return isThere && !this.#isCondemned(id);
  }

  async put(chunks: readonly { readonly id: ChunkId; readonly bytes: Uint8Array }[]): Promise<void> {
    const store = await this.ready();
    await this.#gate.run(() => {
      this.#isDirty = true;
      return store.put(chunks);
    });
  }

  /** After this everything that was put may be referred to, also after a power cut. */
  async settle(): Promise<void> {
    const store = await this.ready();
    await this.#gate.run(async () => {
      if (this.#isDirty) await this.#settle(store);
    });
  }

  /** In the order asked. @throws SyncError `content/missing`, `content/damaged` */
  async *get(ids: readonly ChunkId[], signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    const store = await this.ready();
    yield* store.get(ids, { signal });
  }

  /**
   * Takes packs away for good. `choose` is called when nobody can add chunks; from then on nobody can refer to what lies in the packs that it
   * names (hex salts), which is why it looks a last time whether they are needed.
   * @returns the packs that are gone
   */
  async condemn(choose: (store: PackedChunkStore) => readonly string[]): Promise<readonly string[]> {
    const store = await this.ready();
    return this.#gate.run(async () => {
      // What was copied or put until now comes into force first, so that what stays is all there.
      await this.#settle(store);
      const salts = choose(store);
      this.#condemned = new Set(salts);
      try {
        if (salts.length > 0) await this.#settle(store, this.#condemned);
      } finally {
        this.#condemned = new Set();
      }
      for (const salt of salts) await this.#options.blobs.delete(packName(salt));
      await this.#deleteOldIndexes();
      return salts;
    });
  }

  async #settle(store: PackedChunkStore, condemned: ReadonlySet<string> = new Set()): Promise<void> {
    const before = this.#options.indexes();
    const { indexes } = await store.seal({ without: condemned });
    if (indexes.length !== before.length || indexes.some((name) => !before.includes(name))) await this.#options.setIndexes(indexes);
    await store.rebase(indexes, { condemned });
    this.#isDirty = false;
    for (const name of before) if (!indexes.includes(name)) await this.#options.blobs.delete(name);
  }

  /** Index objects that the database names no longer: who was killed could not delete them. */
  async #deleteOldIndexes(): Promise<void> {
    const { blobs, indexes } = this.#options;
    const inForce = indexes();
    for await (const { name } of blobs.list(INDEX_PREFIX)) if (!inForce.includes(name)) await blobs.delete(name);
  }

  #isCondemned(id: Uint8Array): boolean {
    if (this.#condemned.size === 0) return false;
    return [...this.#opened.index.places(id)].every(({ pack }) => this.#condemned.has(pack.salt));
  }

  async #open(): Promise<PackedChunkStore> {
    const { blobs, idKey, packKey, indexes } = this.#options;
    const keys: SealKeys = { suite: 'none', epochs: [{ epoch: 1, key: packKey }] };
    const store = await PackedChunkStore.open({ blobs, keys, idKey, indexes: indexes() });
    this.#store = store;
    // What arrived before a crash is not asked for again.
    const { adopted } = await store.adoptOrphans({ all: true });
    if (adopted.length > 0) await this.#settle(store);
    return store;
  }

  get #opened(): PackedChunkStore {
    if (this.#store === undefined) throw new SyncError('server/internal', 'chunks were asked for before their index was read');
    return this.#store;
  }
}
