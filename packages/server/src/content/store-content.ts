import { createHash } from 'node:crypto';
import { Chunker, chunkerConstants } from '@cloudsync/content';
import { SyncError } from '@cloudsync/engine';
import { LIMITS, REF_BYTES } from '@cloudsync/protocol';
import type { Caller } from '../workspace/caller.ts';
import type { WorkspaceScheme } from '../workspace/workspace-scheme.ts';
import type { ContentExchange } from './content-exchange.ts';
import { encodeRefs, type Ref, recipeId } from './refs.ts';

/** What a commit says about a content. */
export interface StoredContent {
  readonly size: number;
  /** SHA-256, lower-case hex. */
  readonly hash: string;
  /** Lower-case hex; undefined: it is empty. */
  readonly content: string | undefined;
  readonly chunks: number;
}

export interface StoreContentOptions {
  readonly scheme: WorkspaceScheme;
  readonly chunks: ContentExchange;
  /** Names a chunk. */
  readonly idOf: (bytes: Uint8Array) => Uint8Array;
  readonly caller: Caller;
  readonly bytesMax?: number | undefined;
}

const BATCH_BYTES = 4 * 2 ** 20;

/**
 * Cuts a stream, stores its chunks and declares its recipe.
 * @throws SyncError `server/too-large`, and those of the blob store
 */
export async function storeContent(options: StoreContentOptions, stream: AsyncIterable<Uint8Array>): Promise<StoredContent> {
  const { bytesMax, scheme } = options;
  const chunker = new Chunker({ params: scheme.chunker, constants: chunkerConstants(scheme.chunkerKey) });
  const sink = new ChunkSink(options);
  const digest = createHash('sha256');
  let size = 0;
  const pending = new Pending();
  let begin = 0;
  const cutAt = async (end: number): Promise<void> => {
    await sink.add(pending.take(end - begin));
    begin = end;
  };
  for await (const piece of stream) {
    size += piece.length;
    if (bytesMax !== undefined && size > bytesMax) throw new SyncError('server/too-large', `the content is larger than ${bytesMax} bytes`);
    digest.update(piece);
    pending.add(piece);
    for (const end of chunker.push(piece)) await cutAt(end);
    pending.keep();
  }
  for (const end of chunker.end()) await cutAt(end);
  const refs = await sink.finish();
  return { size, hash: digest.digest('hex'), chunks: refs.length, content: await declared(options, refs) };
}

/** Bytes of a stream that have not been taken yet. */
class Pending {
  /** Copies of pieces that came before the last one. */
  #kept: Buffer = Buffer.alloc(0);
  /** The rest of the last piece; its memory is the giver's. */
  #piece: Uint8Array = this.#kept;

  add(piece: Uint8Array): void {
    this.#piece = piece;
  }

  /** The next bytes, in memory of their own. */
  take(count: number): Uint8Array {
    const fromPiece = count - this.#kept.length;
    const taken = Buffer.concat([this.#kept, this.#piece.subarray(0, fromPiece)]);
    this.#piece = this.#piece.subarray(fromPiece);
    this.#kept = Buffer.alloc(0);
    return taken;
  }

  /** Copies what is left: the giver may use the piece's memory again. */
  keep(): void {
    this.#kept = Buffer.concat([this.#kept, this.#piece]);
    this.#piece = new Uint8Array(0);
  }
}

/** Collects chunks until there are enough to store at once. */
class ChunkSink {
  readonly #options: StoreContentOptions;
  readonly #refs: Ref[] = [];
  #batch: Uint8Array[] = [];
  #bytes = 0;

  constructor(options: StoreContentOptions) {
    this.#options = options;
  }

  async add(chunk: Uint8Array): Promise<void> {
    this.#refs.push({ id: this.#options.idOf(chunk), length: chunk.length });
    this.#batch.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes >= BATCH_BYTES) await this.#flush();
  }

  async finish(): Promise<readonly Ref[]> {
    await this.#flush();
    return this.#refs;
  }

  async #flush(): Promise<void> {
    const batch = this.#batch;
    this.#batch = [];
    this.#bytes = 0;
    if (batch.length > 0) await this.#options.chunks.put(this.#options.caller, batch);
  }
}

async function declared({ chunks, caller }: StoreContentOptions, refs: readonly Ref[]): Promise<string | undefined> {
  const [only] = refs;
  if (only === undefined) return undefined;
  if (refs.length === 1) return Buffer.from(only.id).toString('hex');
  const all = encodeRefs(refs);
  const content = recipeId(all);
  for (let first = 0; first < refs.length; first += LIMITS.recipePartMax) {
    const part = all.subarray(first * REF_BYTES, (first + LIMITS.recipePartMax) * REF_BYTES);
    await chunks.declare(caller, [{ content, chunks: refs.length, first, refs: part }]);
  }
  return content.toString('hex');
}
