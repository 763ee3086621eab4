import { HEADER_BYTES } from '../seal/seal.ts';
import { ID_BYTES } from './chunk-id.ts';
import type { DirectorySegment, PackDirectory, PackKind } from './directory.ts';
import type { WrittenPack } from './pack-writer.ts';

/** A pack as the index remembers it. */
export interface IndexedPack {
  readonly number: number;
  /** Lower-case hex. */
  readonly salt: string;
  readonly epoch: number;
  readonly size: number;
  readonly kind: PackKind;
  readonly segments: readonly IndexedSegment[];
  /** How many chunks. */
  readonly chunks: number;
}

export interface IndexedSegment extends DirectorySegment {
  /** Where its sealed bytes begin in the pack. */
  readonly sealedOffset: number;
  /** Number of its first chunk in the index. */
  readonly firstEntry: number;
}

/** Where a chunk lies. */
export interface IndexedChunk {
  readonly pack: IndexedPack;
  readonly segment: IndexedSegment;
  /** Where it begins in the segment's raw bytes. */
  readonly offset: number;
  readonly length: number;
}

const PAGE = 2 ** 13;
const FILL_MAX = 0.75;

interface Page {
  readonly ids: Uint8Array;
  /** Number of the segment that holds the chunk. */
  readonly segments: Uint32Array;
  readonly offsets: Uint32Array;
}

/**
 * Chunk id → place, in 45 to 51 bytes a chunk: a hash table of entry numbers, open addressing with linear probing, and the
 * entries in pages, so that growing copies the table only. Ids are hashes already: their first bytes choose the slot.
 *
 * A chunk may lie in several packs (two writers at once, a prune that moved it): each is an entry. A pack that is dropped keeps
 * its entries, which are passed over.
 */
export class ChunkIndex {
  readonly #pages: Page[] = [];
  readonly #segments: { readonly pack: IndexedPack; readonly segment: IndexedSegment }[] = [];
  readonly #packs = new Map<string, IndexedPack>();
  readonly #dropped = new Set<number>();
  #table = new Uint32Array(2 ** 10);
  #entries = 0;
  #packNumbers = 0;

  /** Entries so far; entry numbers are smaller. */
  get entries(): number {
    return this.#entries;
  }

  /** What the table and the entries take in memory. */
  get bytes(): number {
    return this.#table.byteLength + this.#pages.length * PAGE * (ID_BYTES + 4 + 4);
  }

  packs(): Iterable<IndexedPack> {
    return this.#packs.values();
  }

  pack(salt: string): IndexedPack | undefined {
    return this.#packs.get(salt);
  }

  /** Makes room for so many more chunks at once: growing step by step costs more. */
  reserve(chunks: number): void {
    const slots = (this.#entries + chunks) / FILL_MAX;
    if (slots <= this.#table.length) return;
    this.#table = new Uint32Array(2 ** Math.ceil(Math.log2(slots)));
    for (let entry = 0; entry < this.#entries; entry++) this.#insert(entry, this.id(entry));
  }

  /** Takes a pack; one that is known stays as it is. */
  add({ salt, epoch, size, directory }: WrittenPack): IndexedPack {
    const known = this.#packs.get(salt);
    if (known !== undefined) return known;
    this.reserve(directory.lengths.length);
    const segments: IndexedSegment[] = [];
    const pack = { number: this.#packNumbers++, salt, epoch, size, kind: directory.kind, segments, chunks: directory.lengths.length };
    let sealedOffset = HEADER_BYTES;
    let chunk = 0;
    for (const fields of directory.segments) {
      const segment = { ...fields, sealedOffset, firstEntry: this.#entries };
      segments.push(segment);
      this.#segments.push({ pack, segment });
      this.#addChunks(directory, chunk, segment.chunks);
      sealedOffset += segment.sealedLength;
      chunk += segment.chunks;
    }
    this.#packs.set(salt, pack);
    return pack;
  }

  /** Forgets a pack: its chunks are found in other packs from now on, or not at all. */
  drop(salt: string): void {
    const pack = this.#packs.get(salt);
    if (pack === undefined) return;
    this.#packs.delete(salt);
    this.#dropped.add(pack.number);
  }

  /** The number of an entry of this chunk, or -1. */
  find(id: Uint8Array): number {
    const slot = this.#match(id, slotOf(id) & (this.#table.length - 1));
    return slot < 0 ? -1 : (this.#table[slot] as number) - 1;
  }

  /** Everywhere the chunk lies. */
  *places(id: Uint8Array): Generator<IndexedChunk> {
    for (const entry of this.entriesOf(id)) yield this.place(entry);
  }

  place(entry: number): IndexedChunk {
    const { pack, segment } = this.#segmentOf(entry);
    const offset = this.#offset(entry);
    const next = entry + 1;
    const end = next === segment.firstEntry + segment.chunks ? segment.rawLength : this.#offset(next);
    return { pack, segment, offset, length: end - offset };
  }

  /** What the pack's own directory says. */
  directoryOf(pack: IndexedPack): PackDirectory {
    const ids = new Uint8Array(pack.chunks * ID_BYTES);
    const lengths = new Uint32Array(pack.chunks);
    let chunk = 0;
    for (const { firstEntry, chunks, rawLength } of pack.segments) {
      for (let entry = firstEntry; entry < firstEntry + chunks; entry++, chunk++) {
        ids.set(this.id(entry), chunk * ID_BYTES);
        const end = entry + 1 === firstEntry + chunks ? rawLength : this.#offset(entry + 1);
        lengths[chunk] = end - this.#offset(entry);
      }
    }
    return { kind: pack.kind, segments: pack.segments, ids, lengths };
  }

  /** A view of the id of an entry. */
  id(entry: number): Uint8Array {
    const at = (entry % PAGE) * ID_BYTES;
    return this.#page(entry).ids.subarray(at, at + ID_BYTES);
  }

  /** The numbers of all entries of this chunk. */
  *entriesOf(id: Uint8Array): Generator<number> {
    const mask = this.#table.length - 1;
    for (let slot = this.#match(id, slotOf(id) & mask); slot >= 0; slot = this.#match(id, (slot + 1) & mask)) {
      yield (this.#table[slot] as number) - 1;
    }
  }

  /** The first slot from this one on that holds an entry of the chunk, or -1. */
  #match(id: Uint8Array, from: number): number {
    const mask = this.#table.length - 1;
    for (let slot = from; this.#table[slot] !== 0; slot = (slot + 1) & mask) {
      const entry = (this.#table[slot] as number) - 1;
      if (this.#holds(entry, id) && !this.#dropped.has(this.#segmentOf(entry).pack.number)) return slot;
    }
    return -1;
  }

  #addChunks({ ids, lengths }: PackDirectory, first: number, count: number): void {
    let offset = 0;
    for (let chunk = first; chunk < first + count; chunk++) {
      this.#addEntry(ids.subarray(chunk * ID_BYTES, (chunk + 1) * ID_BYTES), offset);
      offset += lengths[chunk] as number;
    }
  }

  #addEntry(id: Uint8Array, offset: number): void {
    const entry = this.#entries++;
    if (entry % PAGE === 0)
      this.#pages.push({ ids: new Uint8Array(PAGE * ID_BYTES), segments: new Uint32Array(PAGE), offsets: new Uint32Array(PAGE) });
    const page = this.#page(entry);
    page.ids.set(id, (entry % PAGE) * ID_BYTES);
    page.segments[entry % PAGE] = this.#segments.length - 1;
    page.offsets[entry % PAGE] = offset;
    this.#insert(entry, id);
  }

  #insert(entry: number, id: Uint8Array): void {
    const mask = this.#table.length - 1;
    let slot = slotOf(id) & mask;
    while (this.#table[slot] !== 0) slot = (slot + 1) & mask;
    this.#table[slot] = entry + 1;
  }

  #holds(entry: number, id: Uint8Array): boolean {
    const { ids } = this.#page(entry);
    const at = (entry % PAGE) * ID_BYTES;
    for (let byte = 0; byte < ID_BYTES; byte++) if (ids[at + byte] !== id[byte]) return false;
    return true;
  }

  #page(entry: number): Page {
    return this.#pages[Math.floor(entry / PAGE)] as Page;
  }

  #offset(entry: number): number {
    return this.#page(entry).offsets[entry % PAGE] as number;
  }

  #segmentOf(entry: number): { readonly pack: IndexedPack; readonly segment: IndexedSegment } {
    return this.#segments[this.#page(entry).segments[entry % PAGE] as number] as { pack: IndexedPack; segment: IndexedSegment };
  }
}

function slotOf(id: Uint8Array): number {
  return ((id[0] as number) | ((id[1] as number) << 8) | ((id[2] as number) << 16) | ((id[3] as number) << 24)) >>> 0;
}
