import { hash } from 'node:crypto';
import type { LocalFile } from '@cloudsync/engine';
import type { ChunkerConstants } from '../chunk/chunker-constants.ts';
import type { ChunkerParams } from '../chunk/chunker-params.ts';
import { Cutter } from '../chunk/cutter.ts';
import { finderOver } from '../chunk/finder-over.ts';
import { sealPiece } from '../seal/seal.ts';
import { chunkIdOfDigest, ID_BYTES } from '../store/chunk-id.ts';
import { encodeSegment } from '../store/segment.ts';
import { failureOf } from '../threads/failure.ts';
import type { Work } from '../threads/work-thread.ts';
import { ARENA_BYTES, type ArenaLayout, contentStart } from './arenas.ts';
import type { ChunkPlaces, FileOutcome, IngestAnswers, IngestOrder } from './order.ts';
import { isWorthKeeping, outputOf } from './output-memory.ts';
import { endsOfChunks, PartCutter } from './part-cutter.ts';
import { OpenFile } from './read-local.ts';

/** What a thread needs to know before its first order. A plain value. */
export interface IngestSetup {
  readonly layout: ArenaLayout;
  /** Of {@link OutputMemory}. */
  readonly output: SharedArrayBuffer;
  readonly params: ChunkerParams;
  readonly constants: ChunkerConstants;
  /** 32 bytes. */
  readonly idKey: Uint8Array;
}

interface Stream {
  readonly cutter: PartCutter;
  readonly file: OpenFile | undefined;
  bytesRead: number;
}

/**
 * Does what orders say, with synchronous calls, in whichever thread it is made: reads, cuts, hashes, compresses, seals. Content stays where it
 * is in the shared memory; only sealed segments leave it.
 */
export class IngestWork implements Work<IngestOrder> {
  readonly #setup: IngestSetup;
  readonly #memory: Uint8Array;
  readonly #cutter: Cutter;
  readonly #streams = new Map<number, Stream>();

  constructor(setup: IngestSetup) {
    this.#setup = setup;
    const finder = finderOver(setup.layout.memory, setup);
    this.#memory = finder.memory;
    this.#cutter = new Cutter(setup.params, finder);
  }

  /** @throws SyncError why a part of a file could not be read; small files that fail are part of the answer */
  do(order: IngestOrder): IngestAnswers[IngestOrder['type']] {
    switch (order.type) {
      case 'read-files':
        return this.#readFiles(order.arena, order.files);
      case 'take-contents':
        return this.#takeContents(order.arena, order.lengths);
      case 'read-part':
        return this.#readPart(order);
      case 'take-part':
        return this.#takePart(order);
      case 'drop':
        return this.#drop(order.stream);
      case 'name':
        return this.#name(order.chunks);
      case 'seal':
        return this.#seal(order);
    }
  }

  nameOf(order: IngestOrder): string {
    return 'file' in order ? order.file.name : '';
  }

  #readFiles(arena: number, files: readonly LocalFile[]): IngestAnswers['read-files'] {
    const batch = new Batch(this.#memory, this.#cutter, this.#setup);
    let at = contentStart(this.#setup.layout, arena);
    for (const file of files) {
      try {
        this.#readSmall(file, at);
        batch.add(at, at + file.size);
        at += file.size;
      } catch (error) {
        batch.fail(error, file);
      }
    }
    return batch.outcome();
  }

  #takeContents(arena: number, lengths: readonly number[]): IngestAnswers['take-contents'] {
    const batch = new Batch(this.#memory, this.#cutter, this.#setup);
    let at = contentStart(this.#setup.layout, arena);
    for (const length of lengths) {
      batch.add(at, at + length);
      at += length;
    }
    return batch.outcome();
  }

  #readSmall(file: LocalFile, at: number): void {
    const open = new OpenFile(file);
    try {
      open.read(this.#memory.subarray(at, at + file.size + 1), file.size, true);
      open.assertUnchanged();
    } finally {
      open.close();
    }
  }

  #readPart({ arena, stream: id, file }: IngestOrder & { type: 'read-part' }): IngestAnswers['read-part'] {
    const stream = this.#streams.get(id) ?? this.#begin(id, new OpenFile(file));
    const length = Math.min(file.size - stream.bytesRead, ARENA_BYTES);
    stream.bytesRead += length;
    const isLast = stream.bytesRead === file.size;
    const start = contentStart(this.#setup.layout, arena);
    stream.file?.read(this.#memory.subarray(start, start + length + 1), length, isLast);
    if (isLast) stream.file?.assertUnchanged();
    return this.#cutPart(id, stream, { start, length, isLast });
  }

  #takePart({ arena, stream: id, length, isLast }: IngestOrder & { type: 'take-part' }): IngestAnswers['take-part'] {
    const stream = this.#streams.get(id) ?? this.#begin(id, undefined);
    return this.#cutPart(id, stream, { start: contentStart(this.#setup.layout, arena), length, isLast });
  }

  #cutPart(id: number, { cutter }: Stream, part: { start: number; length: number; isLast: boolean }): IngestAnswers['read-part'] {
    const taken = cutter.take(part.start, part.start + part.length, part.isLast);
    if (part.isLast) this.#drop(id);
    return taken;
  }

  #begin(id: number, file: OpenFile | undefined): Stream {
    const stream = { cutter: new PartCutter(this.#memory, this.#cutter), file, bytesRead: 0 };
    this.#streams.set(id, stream);
    return stream;
  }

  #drop(id: number): undefined {
    this.#streams.get(id)?.file?.close();
    this.#streams.delete(id);
  }

  #name({ starts, lengths }: ChunkPlaces): Uint8Array {
    const ids = new Uint8Array(starts.length * ID_BYTES);
    starts.forEach((start, chunk) => {
      const digest = hash('sha256', this.#memory.subarray(start, start + (lengths[chunk] as number)), 'buffer');
      ids.set(chunkIdOfDigest(this.#setup.idKey, digest), chunk * ID_BYTES);
    });
    return ids;
  }

  #seal({ slot: { seal, piece }, chunks: { starts, lengths, ids }, into }: IngestOrder & { type: 'seal' }): IngestAnswers['seal'] {
    const raw = this.#joined(starts, lengths);
    const { codec, bytes } = encodeSegment(raw);
    const memory = into === undefined || !isWorthKeeping(bytes.length) ? undefined : outputOf(this.#setup.output, into);
    const sealed = sealPiece(seal, piece, bytes, memory);
    return { codec, rawLength: raw.length, ids, lengths, sealed: memory === undefined ? sealed : sealed.length };
  }

  /** The chunks of a segment side by side: where they lie already, when nothing is between them. */
  #joined(starts: Uint32Array, lengths: Uint32Array): Uint8Array {
    const total = lengths.reduce((sum, length) => sum + length, 0);
    const [first, last] = [starts[0] ?? 0, starts.length - 1];
    if ((starts[last] ?? 0) + (lengths[last] ?? 0) - first === total) return this.#memory.subarray(first, first + total);
    const joined = new Uint8Array(total);
    let at = 0;
    starts.forEach((start, chunk) => {
      const length = lengths[chunk] as number;
      joined.set(this.#memory.subarray(start, start + length), at);
      at += length;
    });
    return joined;
  }
}

/** Small files side by side in the memory. A file of one chunk is hashed once. */
class Batch {
  readonly #memory: Uint8Array;
  readonly #cutter: Cutter;
  readonly #idKey: Uint8Array;
  /** A file that is not longer is one chunk. */
  readonly #minimum: number;
  readonly #files: FileOutcome[] = [];
  readonly #starts: number[] = [];
  readonly #lengths: number[] = [];
  readonly #ids: Uint8Array[] = [];

  constructor(memory: Uint8Array, cutter: Cutter, { idKey, params }: IngestSetup) {
    this.#memory = memory;
    this.#cutter = cutter;
    this.#idKey = idKey;
    this.#minimum = params.minimum;
  }

  add(start: number, end: number): void {
    const digest = hash('sha256', this.#memory.subarray(start, end), 'buffer');
    const before = this.#starts.length;
    if (end - start <= this.#minimum) this.#addChunk(start, end, digest);
    else this.#addChunks(start, end, digest);
    this.#files.push({ hash: digest.toString('hex'), size: end - start, chunks: this.#starts.length - before });
  }

  #addChunks(start: number, end: number, digest: Uint8Array): void {
    const ends = endsOfChunks(this.#cutter, { start, end, isLast: true });
    let at = start;
    for (const next of ends) {
      this.#addChunk(at, next, ends.length === 1 ? digest : hash('sha256', this.#memory.subarray(at, next), 'buffer'));
      at = next;
    }
  }

  #addChunk(start: number, end: number, digest: Uint8Array): void {
    if (start === end) return;
    this.#ids.push(chunkIdOfDigest(this.#idKey, digest));
    this.#starts.push(start);
    this.#lengths.push(end - start);
  }

  fail(error: unknown, { name }: LocalFile): void {
    this.#files.push({ failure: failureOf(error, name) });
  }

  outcome(): IngestAnswers['read-files'] {
    // Memory of its own: a message between threads carries all of the memory that a view looks at.
    const ids = new Uint8Array(this.#ids.length * ID_BYTES);
    this.#ids.forEach((id, chunk) => {
      ids.set(id, chunk * ID_BYTES);
    });
    return { files: this.#files, chunks: { starts: Uint32Array.from(this.#starts), lengths: Uint32Array.from(this.#lengths), ids } };
  }
}
