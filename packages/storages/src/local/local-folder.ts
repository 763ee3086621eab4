import { realpathSync, statSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import type {
  Abilities,
  Attributes,
  ByteRange,
  Copier,
  CopyJob,
  CopyOptions,
  CopyResult,
  Entry,
  HashResult,
  ListBatch,
  ListOptions,
  LocalFile,
  Storage,
  SymlinkPolicy,
  TransferOptions,
  UploadOptions,
  WatchChange,
  Watcher,
} from '@cloudsync/engine';
import { SyncError } from '@cloudsync/engine/model/error';
import { whyNotAllowed } from '@cloudsync/engine/model/names';
import { assertSafePath, joinPath } from '@cloudsync/engine/model/path';
import { assertNotIntoItself } from '../moved-into-itself.ts';
import { deleteEntry, renameEntry, updateEntry } from './change-entry.ts';
import { idOfStats, readlinkOrNothing } from './entry-of-stats.ts';
import { errnoOf } from './errno.ts';
import { FetchCopier } from './fetch-copier.ts';
import { flush } from './flush.ts';
import { inParts } from './in-parts.ts';
import { errorOf, type FolderFacts } from './io-message.ts';
import { ioPool } from './io-pool.ts';
import { type CopyReceiver, LocalCopier, withCancel } from './local-copier.ts';
import { localFileOf } from './local-file.ts';
import { OwnChanges } from './own-changes.ts';
import { isOwnName, TRASH_FOLDER } from './own-names.ts';
import { readPartial, writePartial } from './partial-file.ts';
import { lookAt, type Place } from './place.ts';
import { type Platform, platformOf } from './platform.ts';
import { readFile, readRangesOf } from './read-file.ts';
import { evenInReadOnlyFoldersLater } from './read-only-folders.ts';
import { RealFolders } from './real-folders.ts';
import { scanTree } from './scan-thread.ts';
import { SharedFlush } from './shared-flush.ts';
import { toSyncError } from './sync-error.ts';
import { Trash } from './trash.ts';
import { makeTrashFolder, TrashFolder } from './trash-folder.ts';
import { watchFolder } from './watch-folder.ts';
import { makeFolder, makeSymlink, writeFile } from './write-entry.ts';

export interface LocalFolderOptions {
  /** Keep what is deleted or overwritten in `.sync_trash/<time>/` of the root. Default true. */
  readonly trash?: boolean | undefined;
  /** Default `keep`. The policy of a listing replaces it. */
  readonly symlinks?: SymlinkPolicy | undefined;
  /** Default: the platform that this runs on. */
  readonly platform?: Platform | undefined;
  /** Whether a watcher tells of what was changed through this object. An engine knows what it did itself. Default true. */
  readonly tellsOwnChanges?: boolean | undefined;
  /** The clock that names trash folders. Default: the system's. */
  readonly now?: (() => Date) | undefined;
}

/** Small enough that a batch dies young in the garbage collector: more rows are slower and take more memory. */
const ROWS_PER_BATCH = 500;
const TRASH_DAYS = 30;

/** A folder on this machine's disks. */
export class LocalFolder implements Storage {
  readonly url: string;
  readonly abilities: Abilities;
  readonly #root: string;
  readonly #platform: Platform;
  readonly #now: () => Date;
  readonly #keepsTrash: boolean;
  #symlinks: SymlinkPolicy;
  #trash: string | undefined;
  /** What changed since the last flush. */
  /** For what several copies in progress have written. */
  readonly #sharedFlush = new SharedFlush((paths) => flush(this.#root, paths, { wholeFileSystem: this.#platform.flushesFileSystem }));
  #unflushed = new Set<string>();
  #pruning: Promise<unknown> | undefined;
  /** Undefined while nobody asks. */
  readonly #own: OwnChanges | undefined;

  constructor(path: string, options: LocalFolderOptions = {}) {
    this.url = path;
    this.#root = resolve(path);
    this.#platform = options.platform ?? platformOf(process.platform);
    this.#now = options.now ?? (() => new Date());
    this.#keepsTrash = options.trash ?? true;
    this.#symlinks = options.symlinks ?? 'keep';
    this.#own = options.tellsOwnChanges === false ? new OwnChanges() : undefined;
    const { names, modes, mtimeStepMs } = this.#platform;
    this.abilities = { scans: true, mtimeStepMs, modes, symlinks: true, folders: true, names };
  }

  async identity(): Promise<string> {
    try {
      // Asked before every cycle: a promise would take longer than the call.
      const root = realpathSync.native(this.#root);
      const stats = statSync(root);
      if (!stats.isDirectory()) throw new SyncError('storage/root-not-folder', `${this.#root} is not a folder; give the path of a folder`);
      // Not the device number: it may be another one after each boot.
      return idOfStats(stats) ?? root;
    } catch (error) {
      throw this.#rootError(error);
    }
  }

  async *list(options: ListOptions): AsyncGenerator<ListBatch> {
    this.#symlinks = options.symlinks ?? this.#symlinks;
    const { ignore, only, signal } = options;
    const scan = {
      root: this.#root,
      ignore,
      only,
      symlinks: this.#symlinks,
      modes: this.#platform.modes,
      rowsPerBatch: ROWS_PER_BATCH,
      nowMs: Date.now(),
    };
    try {
      yield* scanTree(scan, signal);
    } catch (error) {
      throw this.#rootError(error);
    }
  }

  async stat(path: string): Promise<Entry | undefined> {
    assertSafePath(path);
    return this.#guard(path, 'look at', () => {
      const place = this.#place();
      if (hasOwnName(path) || (!place.follow && !place.folders.hasParents(path))) return undefined;
      const { absolute, entry } = lookAt(place, path);
      if (entry?.kind !== 'symlink') return entry;
      const target = readlinkOrNothing(absolute);
      return target === undefined ? undefined : { ...entry, target };
    });
  }

  async *download(entry: Entry, options: TransferOptions = {}): AsyncGenerator<Uint8Array> {
    assertSafePath(entry.path);
    try {
      yield* readFile(entry, { root: this.#root, follow: this.#symlinks === 'follow', signal: options.signal });
    } catch (error) {
      throw toSyncError(error, entry.path, 'read');
    }
  }

  localFile(entry: Entry): LocalFile {
    assertSafePath(entry.path);
    return localFileOf(this.#root, entry, this.#symlinks === 'follow');
  }

  async *readRanges(entry: Entry, ranges: readonly ByteRange[], options: TransferOptions = {}): AsyncGenerator<Uint8Array> {
    assertSafePath(entry.path);
    try {
      yield* readRangesOf(entry, ranges, { root: this.#root, follow: this.#symlinks === 'follow', signal: options.signal });
    } catch (error) {
      throw toSyncError(error, entry.path, 'read');
    }
  }

  async *partial(entry: Entry): AsyncGenerator<Uint8Array> {
    assertSafePath(entry.path);
    try {
      yield* readPartial(this.#root, entry);
    } catch (error) {
      throw toSyncError(error, entry.path, 'read');
    }
  }

  async upload(entry: Entry, content: AsyncIterable<Uint8Array> | undefined, options: UploadOptions): Promise<Entry> {
    this.#assertWritable(entry.path);
    const write = (): Promise<Entry> =>
      this.#change([entry.path], 'write', () => {
        const place = this.#placeFor(entry.path);
        if (entry.kind === 'folder') return makeFolder(place, entry, options.expected);
        if (entry.kind === 'symlink') return makeSymlink(place, entry, options.expected);
        if (content === undefined) throw new TypeError(`the file ${JSON.stringify(entry.path)} has no content`);
        const { hash } = entry;
        const isResumable = options.resumeAt !== undefined && hash !== undefined;
        return isResumable ? writePartial(place, { ...entry, hash }, content, options) : writeFile(place, entry, content, options);
      });
    return this.#remembering(write, (own, written) => own.made(written));
  }

  async delete(entry: Entry): Promise<void> {
    this.#assertWritable(entry.path);
    const remove = (): Promise<void> =>
      this.#change([entry.path], 'delete', () => {
        const place = this.#place();
        if (place.folders.hasParents(entry.path)) deleteEntry(place, entry);
      });
    await this.#remembering(remove, (own) => own.deleted(entry.path));
  }

  async rename(from: Entry, toPath: string, options: UploadOptions): Promise<Entry> {
    this.#assertWritable(from.path);
    this.#assertWritable(toPath);
    assertNotIntoItself(from.path, toPath);
    const rename = (): Promise<Entry> =>
      this.#change([toPath, from.path], 'rename to', () => {
        const place = this.#placeFor(toPath);
        place.folders.assertParents(from.path);
        return renameEntry(place, { from, toPath, expected: options.expected, names: this.#platform.names });
      });
    return this.#remembering(rename, (own, renamed) => {
      own.deleted(from.path);
      own.made(renamed);
    });
  }

  async update(entry: Entry, attributes: Attributes): Promise<Entry> {
    this.#assertWritable(entry.path);
    const update = (): Promise<Entry> =>
      this.#change([entry.path], 'set the attributes of', () => updateEntry(this.#placeFor(entry.path), entry, attributes));
    return this.#remembering(update, (own, updated) => own.updated(updated));
  }

  async hash(entries: readonly Entry[], { signal }: TransferOptions = {}): Promise<HashResult[]> {
    for (const { path } of entries) assertSafePath(path);
    const giver = this.#facts();
    const results = await withCancel(signal, async ({ shared: cancel }) => {
      const parts = inParts(entries, ({ size }) => size);
      return (await Promise.all(parts.map((part) => ioPool.run({ type: 'hash', entries: part, giver, cancel })))).flat();
    });
    return results.map((result) => ('hash' in result ? result : { error: errorOf(result) }));
  }

  copierFrom(source: Storage): Copier | undefined {
    const receiver: CopyReceiver = {
      receiver: () => ({ ...this.#facts(), modes: this.#platform.modes, umask: process.umask() }),
      onDone: (path) => this.#unflushed.add(path),
      flush: (paths) => this.#sharedFlush.request(paths),
      refuses: ({ from, to }) => caught(() => this.#assertWritable(to.path)) ?? caught(() => assertSafePath(from.path)),
      trashFolder: () => (this.#keepsTrash ? this.#trashFolder() : undefined),
    };
    const { fetchFiles } = source;
    if (source instanceof LocalFolder) return this.#rememberingCopies(new LocalCopier({ ...receiver, giver: () => source.#facts() }));
    if (fetchFiles === undefined) return undefined;
    const copier = new FetchCopier({
      ...receiver,
      fetchFiles: (jobs, options) => fetchFiles.call(source, jobs, options),
      copyOne: (job, options) => this.#copyOne(source, job, options),
    });
    return this.#rememberingCopies(copier);
  }

  #rememberingCopies(copier: Copier): Copier {
    const copy: Copier['copy'] = (jobs, options) =>
      this.#remembering(
        () => copier.copy(jobs, options),
        (own, results) => {
          for (const result of results) if ('to' in result) own.made(result.to);
        },
      );
    return { copy };
  }

  /** Does work, and remembers what it changed where an engine asked for that. */
  #remembering<T>(work: () => Promise<T>, remember: (own: OwnChanges, result: T) => void): Promise<T> {
    const own = this.#own;
    if (own === undefined) return work();
    return own.during(async () => {
      const result = await work();
      remember(own, result);
      return result;
    });
  }

  async #copyOne(source: Storage, { from, to, expected }: CopyJob, { signal }: CopyOptions): Promise<CopyResult> {
    try {
      const arrived = await this.upload(to, source.download(from, { signal }), { expected, signal });
      return { from: { ...from, hash: arrived.hash }, to: arrived };
    } catch (error) {
      if (SyncError.is(error)) return { error };
      throw error;
    }
  }

  async flush(agreed?: readonly string[]): Promise<void> {
    // What others wrote here is vouched for too, a user's own edits first of all: the root stands for all of it.
    const paths = this.#unflushed;
    for (const path of agreed ?? ['']) paths.add(path);
    this.#unflushed = new Set();
    try {
      const onlyPaths = agreed !== undefined;
      await flush(this.#root, this.#withTrash(paths), { wholeFileSystem: this.#platform.flushesFileSystem, onlyPaths });
    } catch (error) {
      for (const path of paths) this.#unflushed.add(path);
      throw toSyncError(error, '', 'flush');
    }
  }

  /** What was replaced is in the trash before what replaces it is at its path. */
  #withTrash(paths: ReadonlySet<string>): ReadonlySet<string> {
    if (this.#trash === undefined) return paths;
    const trash = relative(this.#root, this.#trash).split(sep).join('/');
    return new Set([...paths, ...[...paths].map((path) => joinPath(trash, path))]);
  }

  async watch(onChange: (change: WatchChange) => void): Promise<Watcher> {
    try {
      const own = this.#own;
      if (own === undefined) return await watchFolder(this.#root, this.#platform, onChange);
      const place = (): Place => this.#place();
      let isClosed = false;
      const tell = (change: WatchChange): void => {
        if (!isClosed) onChange(change);
      };
      const watcher = await watchFolder(this.#root, this.#platform, (change) => own.tellForeign(change, place, tell));
      return {
        close: () => {
          isClosed = true;
          return watcher.close();
        },
      };
    } catch (error) {
      throw this.#rootError(error);
    }
  }

  async close(): Promise<void> {
    await this.#pruning;
  }

  #facts(): FolderFacts {
    return { root: this.#root, follow: this.#symlinks === 'follow' };
  }

  #place(): Place {
    return {
      ...this.#facts(),
      folders: new RealFolders(this.#root),
      trash: this.#keepsTrash ? new TrashFolder(() => this.#trashFolder()) : undefined,
      modes: this.#platform.modes,
      umask: process.umask(),
    };
  }

  /** A place where `path` can be changed, because every folder above it is there and real. */
  #placeFor(path: string): Place {
    const place = this.#place();
    place.folders.assertParents(path);
    return place;
  }

  /** One folder for everything that this run puts aside. */
  #trashFolder(): string {
    if (this.#trash === undefined) {
      try {
        this.#trash = makeTrashFolder(this.#root, this.#now());
      } catch (error) {
        throw toSyncError(error, TRASH_FOLDER, 'put a file into');
      }
      // Old trash that cannot be removed is no reason to stop a sync.
      this.#pruning = new Trash(this.#root).empty({ olderThanDays: TRASH_DAYS, now: this.#now() }).catch(() => undefined);
    }
    return this.#trash;
  }

  /** @throws SyncError `path/unsafe`, `path/name-not-allowed` */
  #assertWritable(path: string): void {
    assertSafePath(path);
    for (const name of path.split('/')) {
      const why = isOwnName(name) ? 'CloudSync keeps this name for itself' : whyNotAllowed(this.#platform.names, name);
      if (why !== undefined)
        throw new SyncError('path/name-not-allowed', `${JSON.stringify(path)} cannot exist here: ${why}; rename it`, { path });
    }
  }

  /** Work on the first of `paths`, which all may be changed by it. */
  async #change<T>(paths: readonly [string, ...string[]], doing: string, work: () => T | Promise<T>): Promise<T> {
    try {
      return await this.#guard(paths[0], doing, () => evenInReadOnlyFoldersLater(this.#root, paths, work));
    } finally {
      // Only now: a flush that begins during the work covers nothing of it.
      for (const path of paths) this.#unflushed.add(path);
    }
  }

  async #guard<T>(path: string, doing: string, work: () => T | Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw toSyncError(error, path, doing);
    }
  }

  #rootError(error: unknown): unknown {
    switch (errnoOf(error)) {
      case 'ENOENT':
        return new SyncError('storage/root-missing', `${this.#root} does not exist; make the folder, or mount the disk that holds it`, {
          cause: error,
        });
      case 'ENOTDIR':
        return new SyncError('storage/root-not-folder', `${this.#root} is not a folder; give the path of a folder`, { cause: error });
      case undefined:
        return error;
      default:
        return new SyncError(
          'storage/root-unreadable',
          `${this.#root} cannot be read (${errnoOf(error)}); check its permissions and its disk`,
          { cause: error },
        );
    }
  }
}

function caught(work: () => void): Error | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

function hasOwnName(path: string): boolean {
  return path.split('/').some(isOwnName);
}
