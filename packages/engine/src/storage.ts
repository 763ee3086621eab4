import type { Entry, Kind } from './model/entry.ts';
import type { SyncErrorCode } from './model/error.ts';
import type { NameRules } from './model/names.ts';

/**
 * The one interface that every participant implements: a folder, a bucket, a server workspace, a vault, a peer.
 *
 * Rules that every implementation keeps (the contract suite in @cloudsync/testing checks them):
 * 1. A path holds its old complete content or its new complete content, never a part, after a power cut as well: content is
 *    on disk before its name is.
 * 2. `upload`, `delete`, `rename` and `update` re-check that the target still is what the caller saw (`expected`) at the
 *    last moment the storage can, and throw `storage/changed` if it is not.
 * 3. Nothing is written outside the root: every path passes `assertSafePath`, no write goes through a symlink.
 * 4. Failures are `SyncError`s with the code that fits; a missing path is `undefined` from `stat` and
 *    `storage/not-found` elsewhere.
 * 5. After `flush` returns, everything done before it survives a power cut; before that it may be undone, as a whole.
 */
export interface Storage {
  /** How a person names it: `./docs`, `s3://bucket/prefix`. Never holds a secret. */
  readonly url: string;
  readonly abilities: Abilities;

  /**
   * True while the storage is still being opened (a passphrase is stretched, a connection is made). What it is asked waits, `identity` first
   * of all; the other side of the pair is listed meanwhile.
   */
  readonly opening?: boolean | undefined;

  /**
   * Something that changes when this is no longer the same place (another disk, a restored server). What follows a `/` is its
   * *generation*: the same place, which does not vouch any more for what it held before; it may even be empty.
   * Also the check that the root is there.
   * @throws SyncError `storage/root-missing`, `storage/root-not-folder`, `storage/root-unreadable`
   */
  identity(): Promise<string>;

  /** Everything below the root, in batches. See {@link ListOptions} and {@link ListBatch}. */
  list(options: ListOptions): AsyncIterable<ListBatch>;

  /** One path with its symlink target, without its hash (seed: getFileInfo); undefined when nothing is there. */
  stat(path: string): Promise<Entry | undefined>;

  /**
   * The content of a file. The stream fails with `storage/changed` when what was read is not what `entry` describes,
   * at the latest at its end: a file that changes while it is read is never delivered as complete.
   */
  download(entry: Entry, options?: TransferOptions): AsyncIterable<Uint8Array>;

  /**
   * Makes an entry: a file from `content`, a folder, or a symlink; `entry` says which attributes it gets, as far as the
   * storage keeps them. Creates no parents. Replaces what `options.expected` describes; undefined means nothing may be there.
   * @returns the entry as it now is, for a file with the hash of the bytes that were written
   * @throws SyncError `storage/changed`, `storage/not-found` (parent), `storage/corrupt-transfer` (not `entry.size` bytes,
   * or not `entry.hash`), `storage/no-space`, `storage/denied`, `path/name-not-allowed`
   */
  upload(entry: Entry, content: AsyncIterable<Uint8Array> | undefined, options: UploadOptions): Promise<Entry>;

  /**
   * Removes what `entry` describes; a folder only when it is empty.
   * @throws SyncError `storage/changed`, `storage/not-empty`; a path that is already gone is fine
   */
  delete(entry: Entry, options?: DeleteOptions): Promise<void>;

  /** Moves a file, symlink or whole folder. @throws SyncError `storage/changed` when the target is not `expected` */
  rename?(from: Entry, toPath: string, options: UploadOptions): Promise<Entry>;

  /**
   * Does what `upload` does for a file, with the content of another file of this storage: nothing travels.
   * @throws SyncError as `upload` does, and for `from` as `download` does
   */
  copyWithin?(from: Entry, to: Entry, options: UploadOptions): Promise<Entry>;

  /** Sets mtime and permission bits without touching content. */
  update?(entry: Entry, attributes: Attributes): Promise<Entry>;

  /** Content hashes of files, in bulk; the answer has the order of the question. */
  hash?(entries: readonly Entry[], options?: TransferOptions): Promise<HashResult[]>;

  /** A shorter way for bytes between two storages (disk to disk, bucket to bucket), or undefined when there is none. */
  copierFrom?(source: Storage): Copier | undefined;

  /**
   * What is there of `entry`, a file with a hash, from an upload with `resumeAt` that was cut off; nothing when there is none.
   * Nobody vouches for these bytes: the caller compares them with what they ought to be.
   */
  partial?(entry: Entry, options?: TransferOptions): AsyncIterable<Uint8Array>;

  /** Where the bytes of a file are on this machine, for who reads many files in threads of its own; undefined: nowhere, or not for now. */
  localFile?(entry: Entry): LocalFile | undefined;

  /**
   * The content of many files at once, for a receiver on this machine. With the rules of {@link download}; of a file that fails
   * nothing is left. The answer has the order of the question.
   */
  fetchFiles?(jobs: readonly FetchJob[], options: CopyOptions): Promise<FetchResult[]>;

  /** Parts of a file, one buffer each, in the order asked; with the rules of {@link download}. */
  readRanges?(entry: Entry, ranges: readonly ByteRange[], options?: TransferOptions): AsyncIterable<Uint8Array>;

  /** Content by its chunks, where the storage keeps it so: then only what the other side lacks has to travel. */
  readonly chunks?: ChunkAccess | undefined;

  /**
   * Contents of at most a mebibyte with these SHA-256 hashes (lower-case hex), as far as versions that are kept hold them: where a
   * merge finds what both sides started from.
   */
  oldContents?(hashes: ReadonlySet<string>): Promise<ReadonlyMap<string, Uint8Array>>;

  /**
   * Makes everything written so far durable. The engine calls it before it commits state that vouches for the data.
   * @param agreed the paths that the state is about to vouch for: what others did there, a user's own edits first of all, has to be
   * durable as well. Undefined: whatever was done by anybody
   */
  flush?(agreed?: readonly string[]): Promise<void>;

  /** Calls back with paths that changed, soon after they do, until closed. Undefined paths: anything may have changed. */
  watch?(onChange: (change: WatchChange) => void): Promise<Watcher>;

  /**
   * Told before anything travels between two storages that know causes: what is deleted here from now on has to be remembered until
   * the other storage has seen it, also when this run is cut off.
   */
  introduce?(replica: Replica): Promise<void>;

  /**
   * Told after a cycle in which everything arrived: the other storage of the pair has seen all that is here. A storage that
   * keeps tombstones forgets those that every replica has seen.
   */
  acknowledge?(replica: Replica): Promise<void>;

  /** A replica has seen all tombstones up to this sequence, and no later one for sure. */
  seenBy?(replica: Replica): Promise<number>;

  /**
   * Told of what the other storage deleted. Where nothing is, that is remembered too, so that no third storage brings back an older
   * version; what is there now stays. Durable when it returns. The caller has flushed what it did before.
   */
  rememberDeletions?(deletions: readonly Tombstone[]): Promise<void>;

  close?(): Promise<void>;
}

/**
 * A file on this machine, as the plan saw it. Whoever reads it keeps the rules of {@link Storage.download}: the open file is
 * compared with this before, and with itself after reading. A plain value: it travels to threads.
 */
export interface LocalFile {
  /** Absolute. */
  readonly path: string;
  /** What people call it. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** To the microsecond. */
  readonly mtimeMs: number;
  /** Inode number and birth time (whole ms), where the file system has both. */
  readonly identity: { readonly ino: number; readonly birthtimeMs: number } | undefined;
  /** Whether a symlink at the path is looked through. */
  readonly follow: boolean;
}

/** A place that a storage is synced with. */
export interface Replica {
  /** The identity of that storage. */
  readonly id: string;
  readonly name: string;
}

export interface Abilities {
  /** True when `list` yields in path order (model/path.ts) and applies ignore rules itself; else the engine does both. */
  readonly scans: boolean;
  /** Smallest step of an mtime in ms; undefined when mtimes given to `upload` are not kept. */
  readonly mtimeStepMs: number | undefined;
  readonly modes: boolean;
  readonly symlinks: boolean;
  /** True when a folder can exist with nothing in it. */
  readonly folders: boolean;
  readonly names: NameRules;
  /**
   * Entries carry version vectors and deletions leave tombstones. A change that comes with a vector gets it, merged with that of
   * what it replaces; one without gets a new one, of the storage's own making.
   */
  readonly causality?: boolean | undefined;
}

export interface ListOptions {
  /** gitignore lines from the command line or configuration; they outrank every ignore file. */
  readonly ignore: readonly string[];
  /** Only these paths and what lies below them (a path that is gone yields nothing); undefined lists everything. */
  readonly only?: readonly string[] | undefined;
  readonly symlinks?: SymlinkPolicy | undefined;
  /** Tell of deleted paths as well, where the storage remembers them (`abilities.causality`). */
  readonly tombstones?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export type SymlinkPolicy = 'keep' | 'follow' | 'skip';

/** A run of entries. Either form may be used: `rows` are encoded heads (model/row.ts), joined by `\n`, path order. */
export interface ListBatch {
  readonly entries?: readonly Entry[];
  readonly rows?: string;
  /** How many of them are files. */
  readonly files: number;
  readonly notes?: readonly ListNote[];
}

/** What a listing has to say besides entries. */
export type ListNote =
  /** Not readable now: nothing at or below `path` may be taken for deleted. */
  | { readonly type: 'unreadable'; readonly path: string; readonly code: SyncErrorCode; readonly message: string }
  /** Never synced (FIFO, socket, device); left in place. */
  | { readonly type: 'skipped'; readonly path: string; readonly message: string }
  /** The folder directly holds something ignored, so it stays when its synced content goes. */
  | { readonly type: 'holds-ignored'; readonly path: string }
  /** The text of an ignore file, for the rules of the other side. */
  | { readonly type: 'ignore-file'; readonly path: string; readonly text: string }
  | ({ readonly type: 'tombstone' } & Tombstone);

/** Something was deleted. Told only with `tombstones`. */
export interface Tombstone {
  readonly path: string;
  /** All that whoever deleted it knew. */
  readonly vector: string;
  /** Later ones of one storage have higher numbers; see {@link Storage.seenBy}. */
  readonly sequence: number;
}

export interface TransferOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface DeleteOptions extends TransferOptions {
  /** The vector of the deletion at the other side, for the tombstone here. */
  readonly vector?: string | undefined;
}

export interface UploadOptions extends TransferOptions {
  /** What the caller saw at the target; undefined: nothing. */
  readonly expected: Entry | undefined;
  /**
   * A folder that was deleted here and is needed for what is in it; nobody made it anew. Where causes are kept, it gets what the deletion
   * knew and what it brings along, and no cause of its own: when what is in it goes, the deletion still holds.
   */
  readonly isCarrier?: boolean | undefined;
  /**
   * For storages with `partial`: go on after this many bytes of what it gave (0: begin anew), and keep what has arrived when this is
   * cut off again. `content` begins there.
   */
  readonly resumeAt?: number | undefined;
}

export interface Attributes {
  readonly mtimeMs?: number | undefined;
  readonly mode?: number | undefined;
  /** Another version vector that went into this; it is merged with the entry's own. */
  readonly vector?: string | undefined;
}

export type HashResult = { readonly hash: string } | { readonly error: Error };

export interface CopyJob {
  /** The file to copy as the plan saw it at its storage. */
  readonly from: Entry;
  /** What to make: path and attributes. */
  readonly to: Entry;
  /** What the plan saw at the target. */
  readonly expected: Entry | undefined;
}

/** `from` is the giver as it was read, with its hash; `to` the receiver as it was written. */
export type CopyResult = { readonly from: Entry; readonly to: Entry } | { readonly error: Error };

/** Copies many files in one call, with every rule of `download` and `upload`. */
export interface Copier {
  copy(jobs: readonly CopyJob[], options: CopyOptions): Promise<CopyResult[]>;
}

export interface CopyOptions extends TransferOptions {
  /** Told of bytes as they are moved. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
  /** Of these, told of bytes that the receiver had already. */
  readonly onReused?: ((bytes: number) => void) | undefined;
}

export interface FetchJob {
  /** A file of the storage. */
  readonly entry: Entry;
  /** Absolute. Nothing is there yet; a new file with this content is to be made, for its owner only while it is not complete. */
  readonly target: string;
  /** What the new file will replace: who keeps content by its chunks takes from it what it holds. Nobody vouches for its bytes. */
  readonly old?: LocalFile | undefined;
  /** What it shall have in the end. Who opens it anyway sets them at a fraction of the cost, and says so; else the receiver does. */
  readonly attributes?: FileAttributes | undefined;
}

export interface FileAttributes {
  readonly mtimeMs: number;
  /** Permission bits; undefined: for its owner only. */
  readonly mode: number | undefined;
}

/** `hasAttributes`: the file has those that the job asked for. */
export type FetchResult = { readonly hash: string; readonly hasAttributes?: boolean } | { readonly error: Error };

export interface ByteRange {
  /** Bytes from the beginning of the file. */
  readonly offset: number;
  readonly length: number;
}

/** A piece of content under the name that its bytes give it. */
export interface ChunkRef {
  readonly id: string;
  /** Bytes. */
  readonly length: number;
}

/** How a storage cuts content into chunks and names them. Ids can be compared only where `id` is the same. */
export interface ChunkScheme {
  readonly id: string;
  /** The chunks of a content, in order. */
  cut(content: AsyncIterable<Uint8Array>): AsyncIterable<ChunkRef>;
}

export interface ChunkAccess {
  readonly scheme: ChunkScheme;
  /** The chunks of a file, in order. @throws SyncError `storage/changed` when `entry` is not what is there */
  list(entry: Entry, options?: TransferOptions): Promise<readonly ChunkRef[]>;
  /** Which of these the storage holds, in the order asked. */
  has(ids: readonly string[]): Promise<readonly boolean[]>;
  /** The bytes of chunks, in the order asked. */
  get(ids: readonly string[], options?: TransferOptions): AsyncIterable<Uint8Array>;
  /**
   * Does what `upload` does for a file of these chunks. `missing` gives, each once and in order of first use, the bytes of those
   * that `has` did not find. What arrived before an interruption is found by the next `has`.
   */
  assemble(entry: Entry, chunks: readonly ChunkRef[], missing: AsyncIterable<Uint8Array>, options: UploadOptions): Promise<Entry>;
}

export interface WatchChange {
  readonly paths: readonly string[] | undefined;
}

export interface Watcher {
  close(): Promise<void>;
}

export type { Entry, Kind };
