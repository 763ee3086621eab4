import type { BlobStore } from '../blob/blob-store.ts';
import { beginSeal, type ObjectSeal, type SealKeys } from '../seal/seal.ts';
import type { PackDirectory, PackKind } from './directory.ts';
import { PACK_BYTES, packName, packParts } from './pack-format.ts';
import { type Codec, SEGMENT_BYTES } from './segment.ts';

/** The right to seal one segment of a pack. A plain value: it travels to worker threads. */
export interface SegmentSlot {
  /** Number of the pack in this writer. */
  readonly pack: number;
  readonly seal: ObjectSeal;
  /** The piece as which the segment is to be sealed. */
  readonly piece: number;
}

/** A segment that is ready to be written. A plain value: it travels between threads. */
export interface SealedSegment {
  readonly codec: Codec;
  readonly rawLength: number;
  /** Ids of its chunks, 32 bytes each. */
  readonly ids: Uint8Array;
  /** Bytes of each chunk. */
  readonly lengths: Uint32Array;
  /** Sealed as the piece of its slot. */
  readonly sealed: Uint8Array;
}

/** A pack that is in the blob store. */
export interface WrittenPack {
  /** Lower-case hex. */
  readonly salt: string;
  readonly epoch: number;
  /** Bytes. */
  readonly size: number;
  readonly directory: PackDirectory;
}

export interface PackWriterOptions {
  readonly blobs: BlobStore;
  readonly keys: SealKeys;
  readonly onWritten: (pack: WrittenPack) => void;
}

interface OpenPack {
  readonly number: number;
  readonly kind: PackKind;
  readonly seal: ObjectSeal;
  readonly segments: (SealedSegment & { readonly piece: number; readonly onWritten: (() => void) | undefined })[];
  /** Pieces that were given out and have not come back. */
  readonly outstanding: Set<number>;
  /** Resolves when it was tried to write it, with or without success. */
  readonly attempted: PromiseWithResolvers<void>;
  pieces: number;
  bytes: number;
}

/** So many packs are written at once; whoever delivers more waits. */
const WRITES_AT_ONCE = 2;

/**
 * Collects sealed segments into packs. Segments come in any order and from any thread: whoever has one asks for a slot, seals
 * the segment as the slot says and delivers it. A pack is kept in memory until it is written whole, so memory holds one open
 * pack of each kind and {@link WRITES_AT_ONCE} that are being written.
 *
 * A slot is asked for when its segment is about to be sealed, and given back soon, whatever else happens: `finish` waits for it.
 * A pack that cannot be written is kept and tried again by the next `deliver` or `finish`: nothing that was delivered is lost.
 */
export class PackWriter {
  readonly #options: PackWriterOptions;
  readonly #open = new Map<number, OpenPack>();
  readonly #current = new Map<PackKind, OpenPack>();
  readonly #writing = new Set<Promise<void>>();
  readonly #unwritten: OpenPack[] = [];
  #retrying: Promise<void> | undefined;
  #packs = 0;

  constructor(options: PackWriterOptions) {
    this.#options = options;
  }

  reserve(kind: PackKind): SegmentSlot {
    let pack = this.#current.get(kind);
    if (pack === undefined || isFull(pack)) {
      pack = this.#begin(kind);
      this.#current.set(kind, pack);
    }
    const piece = pack.pieces++;
    pack.outstanding.add(piece);
    return { pack: pack.number, seal: pack.seal, piece };
  }

  /** Gives a slot back that is not used. Its number stays unused: a piece is sealed once at most. */
  cancel(slot: SegmentSlot): void {
    const pack = this.#take(slot);
    if (pack !== this.#current.get(pack.kind)) this.#writeIfComplete(pack);
  }

  /**
   * Takes a segment; waits while more than a few packs are under way.
   * @param onWritten told when its bytes are in the blob store, and their memory may be used for others
   * @throws SyncError of the blob store, when a pack could not be written; the segment was taken all the same
   */
  async deliver(slot: SegmentSlot, segment: SealedSegment, onWritten?: () => void): Promise<void> {
    const pack = this.#take(slot);
    pack.segments.push({ ...segment, piece: slot.piece, onWritten });
    pack.bytes += segment.sealed.length;
    if (isFull(pack) || pack !== this.#current.get(pack.kind)) this.#writeIfComplete(pack);
    while (this.#writing.size >= WRITES_AT_ONCE) await Promise.race(this.#writing);
    await this.ready();
  }

  /**
   * To be asked before more is made: a pack that could not be written is tried again.
   * @throws SyncError of the blob store, when it still cannot be; who goes on all the same fills memory
   */
  async ready(): Promise<void> {
    if (this.#unwritten.length > 0) {
      this.#retrying ??= this.#retry().finally(() => {
        this.#retrying = undefined;
      });
    }
    await this.#retrying;
  }

  /**
   * Writes every pack that has been begun; waits for slots that are out.
   * @throws SyncError of the blob store; what could not be written is kept
   */
  async finish(): Promise<void> {
    this.#current.clear();
    const begun = [...this.#open.values()];
    for (const pack of begun) this.#writeIfComplete(pack);
    await Promise.all([...begun.map(({ attempted }) => attempted.promise), ...this.#writing]);
    await this.ready();
  }

  #begin(kind: PackKind): OpenPack {
    const seal = beginSeal(this.#options.keys, 'pack');
    const attempted = Promise.withResolvers<void>();
    const pack = { number: this.#packs++, kind, seal, segments: [], outstanding: new Set<number>(), attempted, pieces: 0, bytes: 0 };
    this.#open.set(pack.number, pack);
    return pack;
  }

  #take(slot: SegmentSlot): OpenPack {
    const pack = this.#open.get(slot.pack);
    if (pack?.outstanding.delete(slot.piece) !== true)
      throw new Error('a segment was delivered for a slot that was not given out, or twice');
    return pack;
  }

  #writeIfComplete(pack: OpenPack): void {
    if (pack.outstanding.size > 0) return;
    this.#open.delete(pack.number);
    if (this.#current.get(pack.kind) === pack) this.#current.delete(pack.kind);
    if (pack.segments.length > 0) this.#startWriting(pack);
    else pack.attempted.resolve();
  }

  #startWriting(pack: OpenPack): void {
    const writing = this.#write(pack)
      .catch(() => void this.#unwritten.push(pack))
      .finally(() => {
        this.#writing.delete(writing);
        pack.attempted.resolve();
      });
    this.#writing.add(writing);
  }

  /** One after the other: when there is no space, one attempt says so. */
  async #retry(): Promise<void> {
    for (let pack = this.#unwritten[0]; pack !== undefined; pack = this.#unwritten[0]) {
      await this.#write(pack);
      this.#unwritten.shift();
    }
  }

  /**
   * The name is free unless an earlier attempt arrived and its answer was lost: a pack's name is 256 random bits, and
   * what is under it is the same bytes.
   */
  async #write({ seal, kind, segments }: OpenPack): Promise<void> {
    const directory: PackDirectory = {
      kind,
      segments: segments.map(({ piece, codec, sealed, rawLength, lengths }) => {
        return { piece, codec, sealedLength: sealed.length, rawLength, chunks: lengths.length };
      }),
      ids: Buffer.concat(segments.map(({ ids }) => ids)),
      lengths: joined(segments.map(({ lengths }) => lengths)),
    };
    const parts = packParts(
      seal,
      directory,
      segments.map(({ sealed }) => sealed),
    );
    const salt = Buffer.from(seal.salt).toString('hex');
    await this.#options.blobs.create(packName(salt), parts);
    this.#options.onWritten({ salt, epoch: seal.epoch, size: parts.reduce((sum, { length }) => sum + length, 0), directory });
    for (const { onWritten } of segments) onWritten?.();
  }
}

/** Slots that are out count as full segments, so that a pack does not grow far past its size. */
function isFull({ bytes, outstanding }: OpenPack): boolean {
  return bytes + outstanding.size * SEGMENT_BYTES >= PACK_BYTES;
}

function joined(arrays: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}
