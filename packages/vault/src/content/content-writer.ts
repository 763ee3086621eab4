import { createHash } from 'node:crypto';
import type { ChunkRef, ChunkStore, NewChunk } from '@cloudsync/content';
import { assertGoingOn } from '../cancelled.ts';
import { ContentCutter, type ContentCutterOptions } from './content-cutter.ts';

export interface ContentWriterOptions extends ContentCutterOptions {
  readonly store: Pick<ChunkStore, 'put'>;
}

export interface PutOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told of bytes as they come. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/** A content that is in the store. */
export interface PutContent {
  /** SHA-256 in lower-case hex. */
  readonly hash: string;
  readonly size: number;
  readonly chunks: readonly ChunkRef[];
}

/** New chunks that wait to be put together. */
const PUT_BYTES = 1024 * 1024;

/** Brings content into a chunk store in this thread: for who makes no use of others, and where each step has to come in its turn. */
export class ContentWriter {
  readonly #store: Pick<ChunkStore, 'put'>;
  readonly #cutter: ContentCutter;

  constructor({ store, ...options }: ContentWriterOptions) {
    this.#store = store;
    this.#cutter = new ContentCutter(options);
  }

  /** @throws what the content throws; SyncError of the chunk store; `sync/cancelled` */
  async putStream(content: AsyncIterable<Uint8Array>, { signal, onBytes }: PutOptions = {}): Promise<PutContent> {
    const whole = createHash('sha256');
    const chunks: ChunkRef[] = [];
    let size = 0;
    let waiting: NewChunk[] = [];
    let waitingBytes = 0;
    const hashed = async function* (): AsyncGenerator<Uint8Array> {
      for await (const piece of content) {
        assertGoingOn(signal);
        whole.update(piece);
        size += piece.length;
        onBytes?.(piece.length);
        yield piece;
      }
    };
    for await (const { ref, bytes } of this.#cutter.cut(hashed())) {
      chunks.push(ref);
      waiting.push({ id: ref.id, bytes });
      waitingBytes += bytes.length;
      if (waitingBytes < PUT_BYTES) continue;
      await this.#store.put(waiting);
      waiting = [];
      waitingBytes = 0;
    }
    assertGoingOn(signal);
    if (waiting.length > 0) await this.#store.put(waiting);
    return { hash: whole.digest('hex'), size, chunks };
  }
}
