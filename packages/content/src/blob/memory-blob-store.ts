import { assertBlobName, assertBlobPrefix } from './blob-name.ts';
import { BLOB_BYTES_MAX, type BlobInfo, type BlobStore } from './blob-store.ts';
import { assertSize, notFound, pastTheEnd } from './ranges.ts';

interface Blob {
  readonly bytes: Uint8Array;
  readonly modifiedMs: number;
}

export interface MemoryBlobStoreOptions {
  /** Ms since 1970. Default: the system's clock. */
  readonly now?: () => number;
}

/** Blobs that live as long as the process. */
export class MemoryBlobStore implements BlobStore {
  readonly url = 'memory:';
  readonly #now: () => number;
  readonly #blobs = new Map<string, Blob>();

  constructor({ now = Date.now }: MemoryBlobStoreOptions = {}) {
    this.#now = now;
  }

  async get(name: string, bytesMax = BLOB_BYTES_MAX): Promise<Uint8Array> {
    const bytes = this.#mustGet(name);
    assertSize(name, bytes.length, bytesMax);
    return Uint8Array.from(bytes);
  }

  async getRange(name: string, offset: number, length: number): Promise<Uint8Array> {
    const bytes = this.#mustGet(name);
    if (offset + length > bytes.length) throw pastTheEnd(name, offset, length);
    return bytes.slice(offset, offset + length);
  }

  async create(name: string, parts: readonly Uint8Array[]): Promise<boolean> {
    assertBlobName(name);
    if (this.#blobs.has(name)) return false;
    this.#set(name, new Uint8Array(Buffer.concat(parts)));
    return true;
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    assertBlobName(name);
    this.#set(name, Uint8Array.from(bytes));
  }

  async *list(prefix: string): AsyncGenerator<BlobInfo> {
    assertBlobPrefix(prefix);
    for (const name of [...this.#blobs.keys()].filter((each) => each.startsWith(prefix)).sort()) {
      const blob = this.#blobs.get(name);
      if (blob !== undefined) yield { name, size: blob.bytes.length, modifiedMs: blob.modifiedMs };
    }
  }

  async delete(name: string): Promise<void> {
    assertBlobName(name);
    this.#blobs.delete(name);
  }

  async flush(): Promise<void> {}

  #set(name: string, bytes: Uint8Array): void {
    this.#blobs.set(name, { bytes, modifiedMs: this.#now() });
  }

  #mustGet(name: string): Uint8Array {
    assertBlobName(name);
    const blob = this.#blobs.get(name);
    if (blob === undefined) throw notFound(name);
    return blob.bytes;
  }
}
