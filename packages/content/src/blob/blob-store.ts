/**
 * Where blobs are kept: a folder, memory, a bucket. A blob is written once, whole, under a name that was free; only `put` replaces.
 *
 * Names are `/`-separated lower-case ASCII (`packs/3f/3f0a…`), never absolute, without empty, `.` or `..` parts.
 * Rules that every implementation keeps (`blobStoreContract` in @cloudsync/testing checks them):
 * 1. A blob is there whole or not at all, after a power cut as well.
 * 2. `create` lets exactly one of several racing writers win.
 * 3. After `flush` everything that this client has written, read or listed before it survives a power cut: what it saw may be the
 *    work of another that was killed before its own flush.
 * 4. Failures are `SyncError`s: `storage/not-found`, `storage/no-space`, `storage/read-only`, `storage/denied`, `storage/unreachable`, `storage/io`.
 */
export interface BlobStore {
  /** How a person names it. Never holds a secret. */
  readonly url: string;

  /**
   * The whole blob.
   * @param bytesMax a larger one is not read: `storage/corrupt-transfer`. Default {@link BLOB_BYTES_MAX}
   * @throws SyncError `storage/not-found`
   */
  get(name: string, bytesMax?: number): Promise<Uint8Array>;

  /** Bytes `offset` up to `offset + length`; a range that reaches past the end is `storage/corrupt-transfer`. */
  getRange(name: string, offset: number, length: number): Promise<Uint8Array>;

  /** Where the file of a blob is on this machine, for threads that read by themselves what they will verify; absent: nowhere. */
  localPath?(name: string): string;

  /**
   * Writes a blob of these parts if its name is free; their memory is the caller's again when it returns.
   * @returns false when the name is taken; nothing was changed then
   */
  create(name: string, parts: readonly Uint8Array[]): Promise<boolean>;

  /** Writes or replaces a small blob. */
  put(name: string, bytes: Uint8Array): Promise<void>;

  /** All blobs whose name starts with `prefix` (which ends with `/` or is empty), in order of name. */
  list(prefix: string): AsyncIterable<BlobInfo>;

  /** Removes a blob; one that is gone is fine. */
  delete(name: string): Promise<void>;

  flush(): Promise<void>;

  close?(): Promise<void>;
}

/** No blob that is read whole is larger. */
export const BLOB_BYTES_MAX = 256 * 2 ** 20;

export interface BlobInfo {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** When it was written, by the store's clock, in ms since 1970. */
  readonly modifiedMs: number;
}
