import { Chunker, type ChunkerConstants, type ChunkerParams, type ChunkRef, chunkId } from '@cloudsync/content';

export interface ContentCutterOptions {
  readonly idKey: Uint8Array;
  readonly params: ChunkerParams;
  readonly constants: ChunkerConstants;
}

/** A piece of content between two cuts. */
export interface CutChunk {
  readonly ref: ChunkRef;
  readonly bytes: Uint8Array;
}

/** Cuts contents into chunks and names them, in this thread. */
export class ContentCutter {
  readonly #options: ContentCutterOptions;
  /** Chunkers that are free: one has half a megabyte of memory. */
  readonly #free: Chunker[] = [];

  constructor(options: ContentCutterOptions) {
    this.#options = options;
  }

  async *cut(content: AsyncIterable<Uint8Array>): AsyncGenerator<CutChunk> {
    const { params, constants, idKey } = this.#options;
    const chunker = this.#free.pop() ?? new Chunker({ params, constants });
    const open = new OpenChunk();
    const close = (): CutChunk => {
      const bytes = open.take();
      return { ref: { id: chunkId(idKey, bytes), length: bytes.length }, bytes };
    };
    try {
      for await (const piece of content) {
        const begin = open.offset;
        let from = 0;
        for (const end of chunker.push(piece)) {
          open.add(piece.subarray(from, end - begin));
          from = end - begin;
          yield close();
        }
        open.add(piece.subarray(from));
      }
      if (open.length > 0) yield close();
    } finally {
      chunker.end();
      this.#free.push(chunker);
    }
  }
}

/** Bytes since the last cut. They are copied: a giver may use its buffer again. */
class OpenChunk {
  #parts: Uint8Array[] = [];
  length = 0;
  /** Bytes of the stream so far. */
  offset = 0;

  add(part: Uint8Array): void {
    if (part.length === 0) return;
    this.#parts.push(part.slice());
    this.length += part.length;
    this.offset += part.length;
  }

  take(): Uint8Array {
    const bytes = this.#parts.length === 1 ? (this.#parts[0] as Uint8Array) : Buffer.concat(this.#parts);
    this.#parts = [];
    this.length = 0;
    return bytes;
  }
}
