import { setImmediate } from 'node:timers/promises';
import { SyncError } from '@cloudsync/engine/model/error';
import type { BlobStore } from '../blob/blob-store.ts';
import type { ObjectSeal, SealKeys } from '../seal/seal.ts';
import { type ChunkId, decodeChunkId, encodeChunkIds, ID_BYTES } from './chunk-id.ts';
import { ChunkIndex, type IndexedPack, type IndexedSegment } from './chunk-index.ts';
import { type ChunkSources, readChunks } from './chunk-reading.ts';
import type { ChunkStore, NewChunk, Rebased, SealedIndex } from './chunk-store.ts';
import type { PackKind } from './directory.ts';
import { IndexObjects } from './index-objects.ts';
import { readStoredPacks, type UnreadablePack } from './orphans.ts';
import { PACK_PREFIX, packName, saltOfPackName } from './pack-format.ts';
import { PackWriter, type SealedSegment, type SegmentSlot, type WrittenPack } from './pack-writer.ts';
import { SEGMENT_BYTES } from './segment.ts';
import { SegmentBuilder } from './segment-builder.ts';
import { SegmentCache } from './segment-cache.ts';
import { packSeal, SegmentReader } from './segment-reader.ts';
import { UnderWay } from './under-way.ts';

export interface PackedChunkStoreOptions {
  readonly blobs: BlobStore;
  readonly keys: SealKeys;
  /** 32 bytes that chunk ids are made with. */
  readonly idKey: Uint8Array;
  /** Names of the index objects in force, as the present commit names them; none for a new store. */
  readonly indexes: readonly string[];
  /** Told about an index object that cannot be used, instead of failing (repair). */
  readonly onUnreadableIndex?: ((name: string, error: SyncError) => void) | undefined;
}

export interface AdoptedOrphans {
  /** Hex salts. */
  readonly adopted: readonly string[];
  /** Left alone. */
  readonly unreadable: readonly UnreadablePack[];
}

/** Where a chunk lies: read the sealed bytes of its segment, `openPiece`, `decodeSegment`, take its part, compare its id. */
export interface ChunkPlace {
  /** Name of the pack. */
  readonly blob: string;
  readonly seal: ObjectSeal;
  readonly segment: IndexedSegment;
  /** Where it begins in the segment's raw bytes. */
  readonly offset: number;
  readonly length: number;
}

/** Segments that are read again before they are written. */
const OPENED_BYTES = 4 * 2 ** 20;

/**
 * A {@link ChunkStore} of packs (docs/formats/content.md). Memory holds the index (about 50 bytes a chunk), open packs and
 * those being written (16 MiB each), and a cache of segments (32 MiB).
 *
 * A pack is *in force* when the present commit's index names it; *own* when this store wrote it, or found it as an orphan and
 * somebody relied on it, and no commit names it yet; else an *orphan*, known so that its chunks are not sent again.
 */
export class PackedChunkStore implements ChunkStore {
  readonly #options: PackedChunkStoreOptions;
  readonly #index = new ChunkIndex();
  readonly #underWay = new UnderWay();
  readonly #indexObjects: IndexObjects;
  readonly #writer: PackWriter;
  readonly #sources: ChunkSources;
  readonly #builders = new Map<PackKind, SegmentBuilder>();
  #inForce = new Set<string>();
  readonly #own = new Set<string>();
  readonly #orphans = new Set<string>();
  /**
   * Packs in which a chunk was found or put at any time. Never forgotten: content that is on its way may rest on them through
   * several commits, and until a commit names it a prune takes it for dead.
   */
  readonly #relied = new Set<string>();
  /** What the last `seal` returned. */
  #sealed: readonly string[] | undefined;
  readonly #seals = new WeakMap<IndexedPack, ObjectSeal>();

  private constructor(options: PackedChunkStoreOptions) {
    const { blobs, keys, idKey, onUnreadableIndex } = options;
    this.#options = options;
    this.#indexObjects = new IndexObjects({ blobs, keys, index: this.#index, onUnreadable: onUnreadableIndex });
    this.#writer = new PackWriter({ blobs, keys, onWritten: (pack) => this.#written(pack) });
    const opened = new SegmentCache<SealedSegment>(OPENED_BYTES);
    this.#sources = { index: this.#index, underWay: this.#underWay, reader: new SegmentReader({ blobs, keys }), opened, idKey };
  }

  /** @throws SyncError `content/damaged`, `content/missing`, `vault/newer-version` naming the index object */
  static async open(options: PackedChunkStoreOptions): Promise<PackedChunkStore> {
    const store = new PackedChunkStore(options);
    await store.rebase(options.indexes);
    return store;
  }

  /** For reading only: packs that are known, where chunks lie. */
  get index(): ChunkIndex {
    return this.#index;
  }

  /** Whether the present commit's index names this pack (a hex salt). */
  isInForce(salt: string): boolean {
    return this.#inForce.has(salt);
  }

  has(ids: readonly ChunkId[]): boolean[] {
    return ids.map((id) => this.#relyOn(id, decodeChunkId(id), undefined));
  }

  async put(chunks: readonly NewChunk[], { kind = 'data' }: { readonly kind?: PackKind } = {}): Promise<void> {
    await this.ready();
    for (const { id, bytes } of chunks) {
      if (bytes.length === 0 || bytes.length > SEGMENT_BYTES)
        throw new RangeError(`a chunk has 1 to ${SEGMENT_BYTES} bytes, not ${bytes.length}`);
      // Others put while this one waits: whether there is room, and whether the chunk is there, is asked again.
      while (!this.#isPut(id) && !this.#addToSegment(kind, id, bytes)) await this.#sealSegment(kind);
    }
  }

  get(ids: readonly ChunkId[], { signal }: { readonly signal?: AbortSignal | undefined } = {}): AsyncIterable<Uint8Array> {
    return readChunks(this.#sources, ids, signal);
  }

  /** Where a chunk lies in the blob store, for threads that read by themselves. A plain value. Undefined while it is under way. */
  locate(id: ChunkId): ChunkPlace | undefined {
    const entry = this.#index.find(decodeChunkId(id));
    if (entry < 0) return undefined;
    const { pack, segment, offset, length } = this.#index.place(entry);
    const seal = this.#seals.get(pack) ?? packSeal(this.#options.keys, pack);
    this.#seals.set(pack, seal);
    return { blob: packName(pack.salt), seal, segment, offset, length };
  }

  /**
   * For threads that make segments themselves: which of these are new? They are the caller's to deliver from now on, and
   * everybody else is told that they are there.
   * @param ids {@link ID_BYTES} each
   * @param owner a second claim of the same owner does not make it rely on itself: `seal` does not wait for its claims
   */
  claim(ids: Uint8Array, owner?: unknown): boolean[] {
    return encodeChunkIds(ids).map((id, at) => {
      if (this.#relyOn(id, ids.subarray(at * ID_BYTES, (at + 1) * ID_BYTES), owner)) return false;
      this.#underWay.claim(id, owner);
      return true;
    });
  }

  /** Gives up claims. When somebody else relies on one, `seal` fails from then on unless the chunk comes after all. */
  release(ids: Uint8Array): void {
    this.#underWay.release(encodeChunkIds(ids));
  }

  /**
   * To be asked before more content is taken in: packs that could not be written are tried again.
   * @throws SyncError of the blob store, when they still cannot be; who goes on all the same fills memory
   */
  ready(): Promise<void> {
    return this.#writer.ready();
  }

  /** Where the next segment goes. To be delivered or cancelled soon: `seal` waits for it. */
  reserve(kind: PackKind = 'data'): SegmentSlot {
    return this.#writer.reserve(kind);
  }

  cancel(slot: SegmentSlot): void {
    this.#writer.cancel(slot);
  }

  /**
   * Takes a segment that was sealed for a slot. Waits while more than a few packs are under way.
   * @param onWritten told when its bytes are in the blob store, and their memory may be used for others
   * @throws SyncError of the blob store when a pack could not be written; the segment was taken all the same
   */
  async deliver(slot: SegmentSlot, segment: SealedSegment, onWritten?: () => void): Promise<void> {
    const delivered = this.#writer.deliver(slot, segment, onWritten);
    let offset = 0;
    encodeChunkIds(segment.ids).forEach((id, at) => {
      const length = segment.lengths[at] as number;
      this.#underWay.hold(id, { slot, segment, offset, length });
      offset += length;
    });
    await delivered;
  }

  async seal({ without = new Set() }: { readonly without?: ReadonlySet<string> } = {}): Promise<SealedIndex> {
    const lost = await this.#underWay.settled();
    if (lost !== undefined) {
      throw new SyncError('content/missing', `chunk ${lost} was announced and its file could then not be read; sync again`, {
        retryable: true,
      });
    }
    for (const kind of [...this.#builders.keys()]) await this.#sealSegment(kind);
    await this.#writer.finish();
    const fresh = [...this.#own].flatMap((salt) => this.#index.pack(salt) ?? []);
    const indexes = await this.#indexObjects.write(fresh, without);
    await this.#options.blobs.flush();
    this.#sealed = indexes;
    return { indexes, newPacks: fresh.map(({ salt }) => salt) };
  }

  async rebase(indexes: readonly string[], { condemned = new Set() }: { readonly condemned?: ReadonlySet<string> } = {}): Promise<Rebased> {
    this.#inForce = await this.#indexObjects.use(indexes);
    for (const salt of this.#inForce) for (const unnamed of [this.#own, this.#orphans]) unnamed.delete(salt);
    // A prune is a commit of its own: after one of ours nothing is gone.
    const isOwnCommit = this.#sealed !== undefined && isSame(indexes, this.#sealed);
    const gone = isOwnCommit ? new Set() : await this.#goneUnnamed();
    const lostPacks: string[] = [];
    for (const { salt } of [...this.#index.packs()]) {
      const isKnown = this.#inForce.has(salt) || this.#own.has(salt) || this.#orphans.has(salt);
      if (isKnown && !gone.has(salt) && !condemned.has(salt)) continue;
      if (this.#relied.has(salt)) lostPacks.push(salt);
      this.#index.drop(salt);
      for (const salts of [this.#own, this.#orphans, this.#inForce]) salts.delete(salt);
    }
    return { lostPacks };
  }

  /**
   * Takes up packs that no index names: of a writer that died, or of one at work. Their chunks are there without being sent
   * again, and enter the index when somebody relies on them.
   * @param options `condemned`: packs (hex salts) that are about to be deleted; `all`: every one enters the index (repair)
   */
  async adoptOrphans({
    condemned = new Set(),
    all = false,
  }: {
    condemned?: ReadonlySet<string>;
    all?: boolean;
  } = {}): Promise<AdoptedOrphans> {
    const adopted: string[] = [];
    const unreadable = await readStoredPacks(this.#options, {
      isWanted: (salt) => !condemned.has(salt) && !this.#inForce.has(salt) && !this.#own.has(salt),
      onPack: (pack) => {
        this.#index.add(pack);
        (all ? this.#own : this.#orphans).add(pack.salt);
        adopted.push(pack.salt);
      },
    });
    return { adopted, unreadable };
  }

  /** Packs that no commit names and that are no more: another writer's prune may have deleted one that looked abandoned. */
  async #goneUnnamed(): Promise<Set<string>> {
    const gone = new Set([...this.#own, ...this.#orphans]);
    if (gone.size === 0) return gone;
    for await (const { name } of this.#options.blobs.list(PACK_PREFIX)) gone.delete(saltOfPackName(name) ?? '');
    return gone;
  }

  #relyOn(id: ChunkId, bytes: Uint8Array, owner: unknown): boolean {
    if (this.#underWay.relyOn(id, owner)) return true;
    const entry = this.#index.find(bytes);
    if (entry < 0) return false;
    const { pack } = this.#index.place(entry);
    if (this.#orphans.delete(pack.salt)) this.#own.add(pack.salt);
    this.#relied.add(pack.salt);
    return true;
  }

  /** Better stored than promised: who claimed a chunk may still give it up. */
  #isPut(id: ChunkId): boolean {
    return !this.#underWay.isClaimed(id) && this.#relyOn(id, decodeChunkId(id), undefined);
  }

  /** @returns false when the segment has no room for it */
  #addToSegment(kind: PackKind, id: ChunkId, bytes: Uint8Array): boolean {
    const builder = this.#builders.get(kind) ?? new SegmentBuilder();
    if (!builder.fits(bytes)) return false;
    this.#builders.set(kind, builder);
    const offset = builder.add(id, bytes);
    this.#underWay.hold(id, { raw: builder.raw, offset, length: bytes.length });
    return true;
  }

  async #sealSegment(kind: PackKind): Promise<void> {
    const builder = this.#builders.get(kind);
    if (builder === undefined) return;
    this.#builders.delete(kind);
    const slot = this.#writer.reserve(kind);
    await this.deliver(slot, builder.seal(slot));
    // Sealing takes some milliseconds; whoever else shares this thread gets a turn.
    await setImmediate();
  }

  #written(pack: WrittenPack): void {
    const { salt } = this.#index.add(pack);
    this.#own.add(salt);
    this.#relied.add(salt);
    for (const id of encodeChunkIds(pack.directory.ids)) this.#underWay.written(id);
  }
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name) => b.includes(name));
}
