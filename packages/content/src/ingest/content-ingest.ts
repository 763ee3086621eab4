import type { LocalFile } from '@cloudsync/engine';
import type { ChunkerConstants } from '../chunk/chunker-constants.ts';
import { assertChunkerParams, type ChunkerParams } from '../chunk/chunker-params.ts';
import { assertGoingOn } from '../store/cancelled.ts';
import { Slots } from '../threads/slots.ts';
import { WorkPool } from '../threads/work-pool.ts';
import { besideUrl } from '../threads/work-thread.ts';
import { ARENA_BYTES, ARENAS, contentStart, makeArenas } from './arenas.ts';
import { BigContent } from './big-content.ts';
import { batchesOf } from './file-batches.ts';
import { type IngestSetup, IngestWork } from './ingest-work.ts';
import { type Ingested, type IngestResult, ingestedOf } from './ingested.ts';
import type { IngestAnswers, IngestOrder, NamedChunks } from './order.ts';
import { OutputMemory } from './output-memory.ts';
import { segmentsOf } from './segment-plan.ts';
import type { SegmentSink } from './segment-sink.ts';

export interface ContentIngestOptions {
  readonly store: SegmentSink;
  /** 32 bytes. */
  readonly idKey: Uint8Array;
  readonly params: ChunkerParams;
  readonly constants: ChunkerConstants;
}

export interface IngestOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told of bytes as they are read. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
  /** Told, of files, of bytes that the store had already. */
  readonly onReused?: ((bytes: number) => void) | undefined;
}

/** So little is done sooner in this thread than others start. */
const ALONE_FILES = 128;
const ALONE_BYTES = 8 << 20;
/** So many big files are read at once: each by a thread, while others store what was read. */
const BIG_FILES = 2;

const RANKS = {
  drop: 0,
  seal: 1,
  name: 2,
  'take-contents': 3,
  'take-part': 3,
  'read-files': 3,
  'read-part': 3,
} as const satisfies Readonly<Record<IngestOrder['type'], number>>;

interface SmallContent {
  readonly pieces: readonly Uint8Array[];
  readonly bytes: number;
  readonly done: PromiseWithResolvers<Ingested>;
}

/**
 * Brings content into a chunk store with all processor cores: reads, cuts, hashes, asks which chunks are new, compresses, seals.
 * Content lies in a few arenas of shared memory and passes through them in steps that any thread can do; so one big file keeps all
 * threads busy, and memory does not grow with the size or number of files.
 */
export class ContentIngest {
  readonly #store: SegmentSink;
  readonly #setup: IngestSetup;
  readonly #memory: Uint8Array;
  readonly #pool: WorkPool<IngestOrder, IngestAnswers>;
  readonly #arenas = new Slots(ARENAS);
  readonly #bigFiles = new Slots(BIG_FILES);
  readonly #output = new OutputMemory();
  #smallContents: SmallContent[] = [];

  /** @throws SyncError `config/invalid` when the sizes of chunks cannot be */
  constructor({ store, idKey, params, constants }: ContentIngestOptions) {
    assertChunkerParams(params);
    this.#store = store;
    this.#setup = { layout: makeArenas(params.maximum), output: this.#output.shared, params, constants, idKey };
    this.#memory = new Uint8Array(this.#setup.layout.memory.buffer);
    this.#pool = new WorkPool({
      url: besideUrl('ingest-worker', import.meta.url),
      setup: this.#setup,
      makeWork: () => new IngestWork(this.#setup),
      ranks: RANKS,
      helps: true,
    });
  }

  /** Reads files of this machine. A file that fails does not stop the others; the answer has the order of the question. */
  async putFiles(files: readonly LocalFile[], options: IngestOptions = {}): Promise<IngestResult[]> {
    this.#startFor(
      files.length,
      files.reduce((sum, { size }) => sum + size, 0),
    );
    const { small, big } = batchesOf(files);
    const results = new Array<IngestResult>(files.length);
    const putBatch = async (batch: (typeof small)[number]): Promise<void> => {
      const outcome = await this.#putBatch(
        batch.map(({ file }) => file),
        options,
      );
      batch.forEach(({ at }, index) => {
        results[at] = outcome[index] as IngestResult;
      });
    };
    const putBig = async ({ file, at }: (typeof big)[number]): Promise<void> => {
      results[at] = await this.#putBigFile(file, options).catch(asResult);
    };
    await Promise.all([...big.map(putBig), ...small.map(putBatch)]);
    return results;
  }

  /**
   * Takes content from anywhere.
   * @throws SyncError `sync/cancelled`, one of the store; whatever `content` throws
   */
  async putStream(content: AsyncIterable<Uint8Array>, options: IngestOptions = {}): Promise<Ingested> {
    const pieces: Uint8Array[] = [];
    let bytes = 0;
    let big: BigContent | undefined;
    try {
      for await (const piece of content) {
        assertGoingOn(options.signal);
        options.onBytes?.(piece.length);
        if (big === undefined && bytes + piece.length > ARENA_BYTES) {
          this.#pool.start();
          big = this.#bigContent(options);
          for (const early of pieces) await big.write(early);
        }
        if (big !== undefined) await big.write(piece);
        // A copy: who gives may use its memory again.
        else pieces.push(piece.slice());
        bytes += piece.length;
      }
      return await (big === undefined ? this.#putSmallContent(pieces, bytes) : big.end());
    } finally {
      await big?.close();
    }
  }

  /** Ends the threads. Nothing may be under way. */
  close(): Promise<void> {
    return this.#pool.close();
  }

  #startFor(files: number, bytes: number): void {
    if (files > ALONE_FILES || bytes > ALONE_BYTES) this.#pool.start();
  }

  async #putBatch(files: readonly LocalFile[], { signal, onBytes, onReused }: IngestOptions): Promise<IngestResult[]> {
    const arena = await this.#arenas.take();
    try {
      assertGoingOn(signal);
      const answer = await this.#pool.run({ type: 'read-files', arena, files });
      onBytes?.(answer.chunks.lengths.reduce((sum, length) => sum + length, 0));
      await this.#keep(answer.chunks, onReused);
      return ingestedOf(answer);
    } catch (error) {
      return files.map(() => asResult(error));
    } finally {
      this.#arenas.give(arena);
    }
  }

  async #putBigFile(file: LocalFile, options: IngestOptions): Promise<Ingested> {
    const slot = await this.#bigFiles.take();
    const big = this.#bigContent(options);
    try {
      return await big.readFile(file);
    } finally {
      await big.close();
      this.#bigFiles.give(slot);
    }
  }

  #bigContent({ signal, onBytes, onReused }: IngestOptions): BigContent {
    return new BigContent({
      pool: this.#pool,
      arenas: this.#arenas,
      memory: this.#memory,
      layout: this.#setup.layout,
      keep: (chunks) => this.#keep(chunks, onReused),
      assertGoingOn: () => assertGoingOn(signal),
      onRead: onBytes,
    });
  }

  #putSmallContent(pieces: readonly Uint8Array[], bytes: number): Promise<Ingested> {
    const done = Promise.withResolvers<Ingested>();
    if (this.#smallContents.length === 0) setImmediate(() => void this.#putSmallContents());
    this.#smallContents.push({ pieces, bytes, done });
    return done.promise;
  }

  /** What has come within one turn of the event loop goes together. */
  async #putSmallContents(): Promise<void> {
    const all = this.#smallContents;
    this.#smallContents = [];
    this.#startFor(
      all.length,
      all.reduce((sum, { bytes }) => sum + bytes, 0),
    );
    const arenasFull: SmallContent[][] = [];
    let room = 0;
    for (const content of all) {
      if (content.bytes > room || arenasFull.length === 0) {
        arenasFull.push([]);
        room = ARENA_BYTES;
      }
      arenasFull.at(-1)?.push(content);
      room -= content.bytes;
    }
    await Promise.all(arenasFull.map((contents) => this.#putContents(contents)));
  }

  async #putContents(contents: readonly SmallContent[]): Promise<void> {
    const arena = await this.#arenas.take();
    try {
      let at = contentStart(this.#setup.layout, arena);
      for (const piece of contents.flatMap(({ pieces }) => pieces)) {
        this.#memory.set(piece, at);
        at += piece.length;
      }
      const answer = await this.#pool.run({ type: 'take-contents', arena, lengths: contents.map(({ bytes }) => bytes) });
      await this.#keep(answer.chunks);
      ingestedOf(answer).forEach((result, index) => {
        const done = contents[index]?.done;
        if ('error' in result) done?.reject(result.error);
        else done?.resolve(result);
      });
    } catch (error) {
      for (const { done } of contents) done.reject(error);
    } finally {
      this.#arenas.give(arena);
    }
  }

  /** Stores the chunks that are new. Whatever happens, it waits for all of them: their arena is used again when this returns. */
  async #keep(chunks: NamedChunks, onReused?: (bytes: number) => void): Promise<void> {
    const isNew = this.#store.claim(chunks.ids);
    onReused?.(chunks.lengths.reduce((sum, length, chunk) => (isNew[chunk] ? sum : sum + length), 0));
    const outcomes = await Promise.allSettled(segmentsOf(chunks, isNew).map((segment) => this.#keepSegment(segment)));
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  async #keepSegment(chunks: NamedChunks): Promise<void> {
    const slot = this.#store.reserve('data');
    const into = this.#output.take();
    const { sealed, ...segment } = await this.#pool.run({ type: 'seal', slot, chunks, into }).catch((error: unknown) => {
      this.#output.give(into);
      this.#store.cancel(slot);
      this.#store.release(chunks.ids);
      throw error;
    });
    if (typeof sealed === 'number') {
      await this.#store.deliver(slot, { ...segment, sealed: this.#output.bytes(into, sealed) }, () => this.#output.give(into));
    } else {
      this.#output.give(into);
      await this.#store.deliver(slot, { ...segment, sealed });
    }
  }
}

function asResult(error: unknown): { readonly error: Error } {
  return { error: error instanceof Error ? error : new Error(String(error)) };
}
