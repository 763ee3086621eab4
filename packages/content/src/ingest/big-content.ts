import type { LocalFile } from '@cloudsync/engine';
import type { ChunkRef } from '../store/chunk-store.ts';
import type { Slots } from '../threads/slots.ts';
import type { Pin, WorkPool } from '../threads/work-pool.ts';
import { ARENA_BYTES, type ArenaLayout, contentStart } from './arenas.ts';
import { chunkRefsOf, type Ingested } from './ingested.ts';
import type { FileFacts, IngestAnswers, IngestOrder, NamedChunks } from './order.ts';

export interface BigContentOptions {
  readonly pool: WorkPool<IngestOrder, IngestAnswers>;
  readonly arenas: Slots;
  readonly memory: Uint8Array;
  readonly layout: ArenaLayout;
  /** Stores chunks. */
  readonly keep: (chunks: NamedChunks) => Promise<void>;
  /** @throws SyncError `sync/cancelled` */
  readonly assertGoingOn: () => void;
  /** Told when bytes were read from a file. */
  readonly onRead: ((bytes: number) => void) | undefined;
}

type PartOrder = IngestOrder & { readonly type: 'read-part' | 'take-part' };

let streams = 0;

/**
 * One file that is larger than an arena. Its parts go to one thread, one behind the other, which cuts them and hashes the whole; what
 * is done with their chunks then is for any thread.
 */
export class BigContent {
  readonly #options: BigContentOptions;
  readonly #stream = ++streams;
  readonly #pin: Pin<IngestOrder>;
  readonly #parts: Promise<readonly ChunkRef[]>[] = [];
  /** Known when the last part was cut. */
  #facts: FileFacts | undefined;
  #failure: { readonly error: unknown } | undefined;
  /** An arena that is being filled. */
  #filling: { readonly arena: number; bytes: number } | undefined;

  constructor(options: BigContentOptions) {
    this.#options = options;
    this.#pin = options.pool.pin();
  }

  /** All of a file of this machine. @throws SyncError of the file or the store */
  async readFile(file: LocalFile): Promise<Ingested> {
    for (let left = file.size; left > 0; left -= ARENA_BYTES) {
      const arena = await this.#takeArena();
      this.#add({ type: 'read-part', arena, stream: this.#stream, file });
    }
    return this.#outcome();
  }

  /** More of the content; the memory is the caller's again when this resolves. */
  async write(piece: Uint8Array): Promise<void> {
    const { layout, memory } = this.#options;
    for (let at = 0; at < piece.length; ) {
      this.#filling ??= { arena: await this.#takeArena(), bytes: 0 };
      const part = piece.subarray(at, at + ARENA_BYTES - this.#filling.bytes);
      memory.set(part, contentStart(layout, this.#filling.arena) + this.#filling.bytes);
      this.#filling.bytes += part.length;
      at += part.length;
      if (this.#filling.bytes === ARENA_BYTES) this.#addFilled(this.#filling, false);
    }
  }

  /** Everything was written. @throws SyncError of the store */
  async end(): Promise<Ingested> {
    this.#addFilled(this.#filling ?? { arena: await this.#takeArena(), bytes: 0 }, true);
    return this.#outcome();
  }

  /** Waits for what is under way and lets go of everything; to be called however it went. */
  async close(): Promise<void> {
    const { arenas, pool } = this.#options;
    if (this.#filling !== undefined) arenas.give(this.#filling.arena);
    await Promise.allSettled(this.#parts);
    if (this.#facts === undefined) await pool.run({ type: 'drop', stream: this.#stream }, this.#pin);
    this.#pin.release();
  }

  #addFilled({ arena, bytes }: { readonly arena: number; readonly bytes: number }, isLast: boolean): void {
    this.#filling = undefined;
    this.#add({ type: 'take-part', arena, stream: this.#stream, length: bytes, isLast });
  }

  #add(order: PartOrder): void {
    const part = this.#take(order);
    // Whoever waits for the outcome is told; until then the failure only keeps more parts from beginning.
    part.catch((error: unknown) => {
      this.#failure ??= { error };
    });
    this.#parts.push(part);
  }

  async #take(order: PartOrder): Promise<readonly ChunkRef[]> {
    const { arenas, pool, keep, onRead } = this.#options;
    try {
      const { chunks, bytes, end } = await pool.run(order, this.#pin);
      if (order.type === 'read-part') onRead?.(bytes);
      this.#facts = end ?? this.#facts;
      const ids = await pool.run({ type: 'name', chunks });
      await keep({ ...chunks, ids });
      return chunkRefsOf({ ids, lengths: chunks.lengths });
    } finally {
      arenas.give(order.arena);
    }
  }

  async #outcome(): Promise<Ingested> {
    const chunks = (await Promise.all(this.#parts)).flat();
    if (this.#facts === undefined) throw new Error('the last part of a file was not the last');
    return { ...this.#facts, chunks };
  }

  /** @throws what an earlier part failed with: the rest is for nothing then */
  async #takeArena(): Promise<number> {
    const arena = await this.#options.arenas.take();
    try {
      this.#options.assertGoingOn();
      if (this.#failure !== undefined) throw this.#failure.error;
      return arena;
    } catch (error) {
      this.#options.arenas.give(arena);
      throw error;
    }
  }
}
