import type { BlobInfo, BlobStore } from '@cloudsync/content';
import { SyncError } from '@cloudsync/engine';

/** The few things that keys need of a blob store. */
export class MemoryBlobs implements BlobStore {
  readonly url = 'memory';
  readonly blobs = new Map<string, Uint8Array>();

  async get(name: string): Promise<Uint8Array> {
    const bytes = this.blobs.get(name);
    if (bytes === undefined) throw new SyncError('storage/not-found', `${name} does not exist`);
    return new Uint8Array(bytes);
  }

  async getRange(name: string, offset: number, length: number): Promise<Uint8Array> {
    return (await this.get(name)).subarray(offset, offset + length);
  }

  async create(name: string, parts: readonly Uint8Array[]): Promise<boolean> {
    if (this.blobs.has(name)) return false;
    this.blobs.set(name, new Uint8Array(Buffer.concat(parts)));
    return true;
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    this.blobs.set(name, new Uint8Array(bytes));
  }

  async *list(prefix: string): AsyncGenerator<BlobInfo> {
    for (const [name, { length }] of [...this.blobs].sort()) if (name.startsWith(prefix)) yield { name, size: length, modifiedMs: 0 };
  }

  async delete(name: string): Promise<void> {
    this.blobs.delete(name);
  }

  async flush(): Promise<void> {}
}
