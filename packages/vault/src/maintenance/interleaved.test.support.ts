import type { BlobInfo, BlobStore } from '@cloudsync/content';

/** A way to a blob store on which something else happens just before one of its operations. */
export class InterleavedBlobs implements BlobStore {
  readonly url: string;
  readonly #blobs: BlobStore;
  readonly #at: number;
  readonly #meanwhile: () => Promise<void>;
  /** Operations so far. */
  operations = 0;

  /** @param at the number of the operation, from 0 on, before which `meanwhile` is done */
  constructor(blobs: BlobStore, at: number, meanwhile: () => Promise<void>) {
    this.url = blobs.url;
    this.#blobs = blobs;
    this.#at = at;
    this.#meanwhile = meanwhile;
  }

  async get(name: string, bytesMax?: number): Promise<Uint8Array> {
    await this.#step();
    return this.#blobs.get(name, bytesMax);
  }

  async getRange(name: string, offset: number, length: number): Promise<Uint8Array> {
    await this.#step();
    return this.#blobs.getRange(name, offset, length);
  }

  async create(name: string, parts: readonly Uint8Array[]): Promise<boolean> {
    await this.#step();
    return this.#blobs.create(name, parts);
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    await this.#step();
    return this.#blobs.put(name, bytes);
  }

  async *list(prefix: string): AsyncGenerator<BlobInfo> {
    await this.#step();
    yield* this.#blobs.list(prefix);
  }

  async delete(name: string): Promise<void> {
    await this.#step();
    return this.#blobs.delete(name);
  }

  async flush(): Promise<void> {
    await this.#step();
    return this.#blobs.flush();
  }

  async #step(): Promise<void> {
    if (this.operations++ === this.#at) await this.#meanwhile();
  }
}
