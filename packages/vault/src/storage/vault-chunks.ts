import { hash } from 'node:crypto';
import { chunkId } from '@cloudsync/content';
import {
  type ChunkAccess,
  type ChunkRef,
  type ChunkScheme,
  type Entry,
  SyncError,
  type TransferOptions,
  type UploadOptions,
} from '@cloudsync/engine';
import { assertGoingOn } from '../cancelled.ts';
import { ContentCutter } from '../content/content-cutter.ts';
import { contentChunks } from '../content/content-nodes.ts';
import type { FileRow } from '../tree/row.ts';
import type { Vault } from '../vault.ts';

export interface VaultChunksOptions {
  readonly vault: Vault;
  /** The row of a file as the caller saw it. */
  readonly find: (entry: Entry) => Promise<FileRow>;
  /** Puts a file of these chunks into the tree. */
  readonly assemble: (entry: Entry, chunks: readonly ChunkRef[], options: UploadOptions) => Promise<Entry>;
}

const PUT_BYTES = 1024 * 1024;

/** A vault's content by its chunks: what another place has or lacks of them. */
export class VaultChunks implements ChunkAccess {
  readonly scheme: ChunkScheme;
  readonly #options: VaultChunksOptions;

  constructor(options: VaultChunksOptions) {
    this.#options = options;
    this.scheme = schemeOf(options.vault);
  }

  async list(entry: Entry, { signal }: TransferOptions = {}): Promise<readonly ChunkRef[]> {
    const { vault, find } = this.#options;
    const { content } = await find(entry);
    const chunks: ChunkRef[] = [];
    for await (const some of contentChunks(vault.chunks, content)) {
      assertGoingOn(signal);
      chunks.push(...some);
    }
    return chunks;
  }

  async has(ids: readonly string[]): Promise<readonly boolean[]> {
    await this.#options.vault.beginWriting();
    return this.#options.vault.chunks.has(ids);
  }

  async *get(ids: readonly string[], { signal }: TransferOptions = {}): AsyncGenerator<Uint8Array> {
    for await (const bytes of this.#options.vault.chunks.get(ids)) {
      assertGoingOn(signal);
      yield bytes;
    }
  }

  async assemble(entry: Entry, chunks: readonly ChunkRef[], missing: AsyncIterable<Uint8Array>, options: UploadOptions): Promise<Entry> {
    await this.#options.vault.beginWriting();
    await this.#put(entry.path, chunks, missing, options.signal);
    return this.#options.assemble(entry, chunks, options);
  }

  /** Whatever comes must be a chunk that was announced; its id is made anew from its bytes. */
  async #put(
    path: string,
    chunks: readonly ChunkRef[],
    missing: AsyncIterable<Uint8Array>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { chunks: store, keys } = this.#options.vault;
    const announced = new Map(chunks.map(({ id, length }) => [id, length]));
    let waiting: { id: string; bytes: Uint8Array }[] = [];
    let waitingBytes = 0;
    for await (const bytes of missing) {
      assertGoingOn(signal);
      const id = chunkId(keys.idKey, bytes);
      if (announced.get(id) !== bytes.length) throw notAnnounced(path);
      waiting.push({ id, bytes: Uint8Array.from(bytes) });
      waitingBytes += bytes.length;
      if (waitingBytes < PUT_BYTES) continue;
      await store.put(waiting);
      waiting = [];
      waitingBytes = 0;
    }
    await store.put(waiting);
    if (store.has([...announced.keys()]).includes(false)) throw notAnnounced(path);
  }
}

/** Two places may compare chunks when they cut at the same places and name chunks with the same key; the key itself stays secret. */
function schemeOf({ config, keys, contentOptions }: Vault): ChunkScheme {
  const { minimum, average, maximum } = config.chunker;
  const names = hash('sha256', Buffer.concat([Buffer.from('cloudsync 1 scheme'), keys.idKey, keys.chunkerKey]), 'hex').slice(0, 32);
  const cutter = new ContentCutter(contentOptions);
  return {
    id: `cloudsync 1 ${minimum} ${average} ${maximum} ${names}`,
    async *cut(content) {
      for await (const { ref } of cutter.cut(content)) yield ref;
    },
  };
}

function notAnnounced(path: string): SyncError {
  const message = `${JSON.stringify(path)} arrived damaged: its chunks are not the ones that were announced; nothing was replaced, try again`;
  return new SyncError('storage/corrupt-transfer', message, { path, retryable: true });
}
