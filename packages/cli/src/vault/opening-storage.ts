import type {
  Abilities,
  Attributes,
  Copier,
  CopyOptions,
  DeleteOptions,
  Entry,
  FetchJob,
  FetchResult,
  HashResult,
  ListBatch,
  ListOptions,
  Replica,
  Storage,
  Tombstone,
  TransferOptions,
  UploadOptions,
  WatchChange,
  Watcher,
} from '@cloudsync/engine';
import { VAULT_ABILITIES, type VaultStorage } from '@cloudsync/vault';

/** All that a vault's storage can do, and that it keeps an eye on the vault: whatever is left out here, the engine would do without. */
export type OpenedStorage = Required<Pick<Storage, Extract<keyof Storage, keyof VaultStorage> | 'watch'>>;

/**
 * A vault as one side of a pair while its passphrase is still being stretched, which takes a tenth of a second on purpose: the other side is
 * scanned meanwhile. What it is asked waits until it is open.
 */
export class OpeningStorage implements OpenedStorage {
  readonly url: string;
  readonly abilities: Abilities = VAULT_ABILITIES;
  readonly #opened: Promise<OpenedStorage>;
  #storage: OpenedStorage | undefined;

  constructor(url: string, opened: Promise<OpenedStorage>) {
    this.url = url;
    this.#opened = opened;
    opened.then(
      (storage) => {
        this.#storage = storage;
      },
      // Whoever asks for something is told.
      () => undefined,
    );
  }

  get opening(): boolean {
    return this.#storage === undefined;
  }

  get chunks(): OpenedStorage['chunks'] {
    return this.#mustBeOpen().chunks;
  }

  /** @throws SyncError what opening the vault throws */
  async identity(): Promise<string> {
    return (await this.#opened).identity();
  }

  async *list(options: ListOptions): AsyncGenerator<ListBatch> {
    yield* (await this.#opened).list(options);
  }

  async stat(path: string): Promise<Entry | undefined> {
    return (await this.#opened).stat(path);
  }

  async *download(entry: Entry, options?: TransferOptions): AsyncGenerator<Uint8Array> {
    yield* (await this.#opened).download(entry, options);
  }

  async upload(entry: Entry, content: AsyncIterable<Uint8Array> | undefined, options: UploadOptions): Promise<Entry> {
    return (await this.#opened).upload(entry, content, options);
  }

  async delete(entry: Entry, options?: DeleteOptions): Promise<void> {
    return (await this.#opened).delete(entry, options);
  }

  async rename(from: Entry, toPath: string, options: UploadOptions): Promise<Entry> {
    return (await this.#opened).rename(from, toPath, options);
  }

  async copyWithin(from: Entry, to: Entry, options: UploadOptions): Promise<Entry> {
    return (await this.#opened).copyWithin(from, to, options);
  }

  async update(entry: Entry, attributes: Attributes): Promise<Entry> {
    return (await this.#opened).update(entry, attributes);
  }

  async hash(entries: readonly Entry[], options?: TransferOptions): Promise<HashResult[]> {
    return (await this.#opened).hash(entries, options);
  }

  copierFrom(source: Storage): Copier | undefined {
    return this.#mustBeOpen().copierFrom(source);
  }

  async fetchFiles(jobs: readonly FetchJob[], options: CopyOptions): Promise<FetchResult[]> {
    return (await this.#opened).fetchFiles(jobs, options);
  }

  async oldContents(hashes: ReadonlySet<string>): Promise<ReadonlyMap<string, Uint8Array>> {
    return (await this.#opened).oldContents(hashes);
  }

  async flush(): Promise<void> {
    return (await this.#opened).flush();
  }

  async watch(onChange: (change: WatchChange) => void): Promise<Watcher> {
    return (await this.#opened).watch(onChange);
  }

  async introduce(replica: Replica): Promise<void> {
    return (await this.#opened).introduce(replica);
  }

  async seenBy(replica: Replica): Promise<number> {
    return (await this.#opened).seenBy(replica);
  }

  async rememberDeletions(deletions: readonly Tombstone[]): Promise<void> {
    return (await this.#opened).rememberDeletions(deletions);
  }

  async acknowledge(replica: Replica): Promise<void> {
    return (await this.#opened).acknowledge(replica);
  }

  async close(): Promise<void> {
    return (await this.#opened).close();
  }

  #mustBeOpen(): OpenedStorage {
    if (this.#storage === undefined) throw new TypeError('a vault is asked to copy before it said who it is');
    return this.#storage;
  }
}
