import { type Copier, type CopyJob, type Entry, parentOf, type Storage, SyncError, type SyncErrorCode } from '@cloudsync/engine';
import { assertGoingOn } from '../cancelled.ts';
import { readRow } from '../storage/read-row.ts';
import { entryOfRow, liveRow } from '../storage/row-entry.ts';
import type { FileRow, LiveRow } from '../tree/row.ts';
import type { Vault } from '../vault.ts';
import { readableRows, type UnreadableNode } from './readable-rows.ts';
import { SnapshotGiver } from './snapshot-giver.ts';
import { notInVersion, openSnapshot } from './snapshots.ts';
import type { VersionReference } from './version-reference.ts';

export interface RestoreToOptions {
  /** A file or folder, restored under its own name; `''` is everything that the version holds. */
  readonly path: string;
  readonly version: VersionReference;
  /** Replace what is there already with other content. Default: it is left alone and reported. */
  readonly overwrite?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: { readonly files: number; readonly bytes: number }) => void) | undefined;
}

export interface RestoreProblem {
  /** In the vault. */
  readonly path: string;
  readonly code: SyncErrorCode;
  readonly message: string;
}

export interface RestoreReport {
  /** The version that it was taken from. */
  readonly from: number;
  /** What was written. */
  readonly files: number;
  readonly folders: number;
  readonly symlinks: number;
  readonly bytes: number;
  /** What was there already, just so. */
  readonly unchanged: number;
  readonly problems: readonly RestoreProblem[];
}

/** Files uploaded at once. */
const WRITES_AT_ONCE = 8;
/** So much is copied in one call: each call ends with a flush of the disk. */
const BATCH_FILES = 4096;
const BATCH_BYTES = 2 ** 30;
/** While one batch gets its names, the next is written, and rows of the one after that are read. */
const BATCHES_AT_ONCE = 2;

/**
 * Writes a version, or a path of it, into a storage, such as a local folder. What cannot be read or written is reported, and the rest goes on.
 * @throws SyncError `vault/no-such-version`, `storage/not-found` (that version has no such path), and what stops everything:
 * `sync/cancelled`, `storage/no-space`, a destination that is gone
 */
export async function restoreTo(vault: Vault, destination: Storage, options: RestoreToOptions): Promise<RestoreReport> {
  const { commit, tree } = await openSnapshot(vault, options.version);
  const restoring = new Restoring(vault, destination, options);
  // Threads start while the first rows are read.
  if (options.path === '' && vault.usesThreads && destination.copierFrom !== undefined) vault.restore.expect(commit.totals);
  const onDamage = (node: UnreadableNode): void => restoring.lose(node);
  try {
    for await (const rows of readableRows(tree, { within: options.path, signal: options.signal, onDamage })) {
      for (const row of rows) {
        const live = liveRow(row);
        if (live !== undefined) await restoring.add(live);
      }
    }
    const done = await restoring.finish();
    if (restoring.hasFoundNothing && options.path !== '') throw notInVersion(commit.sequence, options.path);
    return { from: commit.sequence, ...done };
  } finally {
    await restoring.settled();
  }
}

/** A file that waits to be written. */
interface Job {
  readonly row: FileRow;
  readonly entry: Entry;
  readonly expected: Entry | undefined;
}

class Restoring {
  readonly #vault: Vault;
  readonly #destination: Storage;
  readonly #options: RestoreToOptions;
  readonly #base: string;
  readonly #counts = { files: 0, folders: 0, symlinks: 0, bytes: 0, unchanged: 0 };
  readonly #problems: RestoreProblem[] = [];
  /** Folders as they shall be in the end; until then they can be written to. */
  readonly #folders: { readonly now: Entry; readonly entry: Entry }[] = [];
  /** Folders that were made by this run: nothing can be in them already. */
  readonly #fresh = new Set<string>();
  readonly #failedFolders = new Set<string>();
  readonly #copier: Copier | undefined;
  #jobs: Job[] = [];
  #jobBytes = 0;
  #bytesUnderWay = 0;
  /** Of the files that are being copied, by path. */
  readonly #rows = new Map<string, FileRow>();
  /** Batches that are being written. */
  readonly #batches: Promise<void>[] = [];

  constructor(vault: Vault, destination: Storage, options: RestoreToOptions) {
    this.#vault = vault;
    this.#destination = destination;
    this.#options = options;
    this.#base = parentOf(options.path);
    this.#copier = destination.copierFrom?.(new SnapshotGiver(vault, ({ path }) => this.#rows.get(path)));
  }

  lose({ first, last, problem }: UnreadableNode): void {
    const { path } = this.#options;
    const what =
      first === last ? '' : `; with it everything from ${JSON.stringify(first ?? path)} to ${JSON.stringify(last ?? path)} is lost`;
    this.#problems.push({ path: first ?? path, code: problem.code, message: problem.message + what });
  }

  async add(row: LiveRow): Promise<void> {
    if (this.#failedFolders.has(parentOf(row.path))) {
      if (row.kind === 'folder') this.#failedFolders.add(row.path);
      return;
    }
    const isFolder = row.kind === 'folder';
    const isDone = await this.#reporting(row.path, isFolder ? '; what is in it is not restored' : '', async () => {
      const entry = this.#entryAt(row);
      const there = this.#fresh.has(parentOf(entry.path)) ? undefined : await this.#destination.stat(entry.path);
      if (row.kind === 'folder') await this.#makeFolder(entry, there);
      else if (row.kind === 'symlink') await this.#makeSymlink(entry, there);
      else await this.#collect({ row, entry, expected: there });
    });
    if (isFolder && !isDone) this.#failedFolders.add(row.path);
    if (this.#jobs.length >= BATCH_FILES || this.#jobBytes >= BATCH_BYTES) await this.#beginBatch();
  }

  async finish(): Promise<Omit<RestoreReport, 'from'>> {
    await this.#beginBatch();
    while (this.#batches.length > 0) await this.#batches.shift();
    for (const { now, entry } of this.#folders.reverse()) {
      await this.#reporting(
        entry.path,
        '',
        async () => void (await this.#destination.update?.(now, { mtimeMs: entry.mtimeMs, mode: entry.mode })),
      );
    }
    await this.#destination.flush?.();
    return { ...this.#counts, problems: this.#problems };
  }

  /** Waits for what is under way, however it goes. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#batches);
  }

  get hasFoundNothing(): boolean {
    return this.#problems.length === 0 && Object.values(this.#counts).every((count) => count === 0) && this.#folders.length === 0;
  }

  /** The entry to make: of another storage, so it has neither id nor version there. */
  #entryAt(row: LiveRow): Entry {
    const { id: _id, version: _version, vector: _vector, ...entry } = entryOfRow(row);
    return { ...entry, path: this.#base === '' ? row.path : row.path.slice(this.#base.length + 1) };
  }

  async #makeFolder(entry: Entry, there: Entry | undefined): Promise<void> {
    if (there?.kind === 'folder') return void this.#counts.unchanged++;
    this.#assertMayReplace(entry, there);
    const writable = { ...entry, mode: entry.mode === undefined ? undefined : entry.mode | 0o700 };
    const now = await this.#destination.upload(writable, undefined, { expected: there, signal: this.#options.signal });
    this.#counts.folders++;
    this.#fresh.add(entry.path);
    this.#folders.push({ now, entry });
  }

  async #makeSymlink(entry: Entry, there: Entry | undefined): Promise<void> {
    if (there?.kind === 'symlink' && there.target === entry.target) return void this.#counts.unchanged++;
    this.#assertMayReplace(entry, there);
    await this.#destination.upload(entry, undefined, { expected: there, signal: this.#options.signal });
    this.#counts.symlinks++;
  }

  async #collect(job: Job): Promise<void> {
    const { expected, entry } = job;
    if (expected !== undefined && (await this.#holds(expected, entry))) return void this.#counts.unchanged++;
    this.#assertMayReplace(entry, expected);
    this.#jobs.push(job);
    this.#jobBytes += entry.size;
  }

  /** Whether a file is there with the very content. */
  async #holds(there: Entry, entry: Entry): Promise<boolean> {
    if (there.kind !== 'file' || there.size !== entry.size) return false;
    const [result] = (await this.#destination.hash?.([there], { signal: this.#options.signal })) ?? [];
    return result !== undefined && 'hash' in result && result.hash === entry.hash;
  }

  #assertMayReplace(entry: Entry, there: Entry | undefined): void {
    if (there === undefined || (this.#options.overwrite === true && there.kind !== 'folder')) return;
    const message = `${JSON.stringify(entry.path)} is there already and is another ${there.kind}; it is left alone; restore into an empty folder, or with --overwrite`;
    throw new SyncError('storage/exists', message, { path: entry.path });
  }

  /** Begins to write what was collected. @throws what an earlier batch failed with */
  async #beginBatch(): Promise<void> {
    const jobs = this.#jobs;
    this.#jobs = [];
    this.#jobBytes = 0;
    if (this.#batches.length >= BATCHES_AT_ONCE) await this.#batches.shift();
    const writing = this.#copier === undefined ? this.#uploadFiles(jobs) : this.#copyFiles(this.#copier, jobs);
    // Told to whoever waits for it.
    writing.catch(() => undefined);
    this.#batches.push(writing);
  }

  #onBytes(bytes: number): void {
    this.#bytesUnderWay += bytes;
    this.#options.onProgress?.({ files: this.#counts.files, bytes: this.#counts.bytes + this.#bytesUnderWay });
  }

  /** Many at once, where the destination lets the vault write beside its files. */
  async #copyFiles(copier: Copier, jobs: readonly Job[]): Promise<void> {
    if (jobs.length === 0) return;
    const copies = jobs.map(({ row, entry, expected }): CopyJob => ({ from: entryOfRow(row), to: entry, expected }));
    for (const { row } of jobs) this.#rows.set(row.path, row);
    let bytesCopied = 0;
    const onBytes = (bytes: number): void => {
      bytesCopied += bytes;
      this.#onBytes(bytes);
    };
    const results = await copier.copy(copies, { signal: this.#options.signal, onBytes });
    for (const { row } of jobs) this.#rows.delete(row.path);
    for (const [at, { row }] of jobs.entries()) {
      await this.#reporting(row.path, '', async () => {
        const result = results[at];
        if (result === undefined || 'error' in result) throw result?.error ?? new TypeError('a storage did not answer for every file');
        this.#count(row);
      });
    }
    // They are counted now.
    this.#onBytes(-bytesCopied);
  }

  async #uploadFiles(jobs: Job[]): Promise<void> {
    const { signal } = this.#options;
    const worker = async (): Promise<void> => {
      for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
        const { row, entry, expected } = job;
        await this.#reporting(row.path, '', async () => {
          await this.#destination.upload(entry, readRow(this.#vault, row, { signal }), { expected, signal });
          this.#count(row);
        });
      }
    };
    await Promise.all(Array.from({ length: WRITES_AT_ONCE }, worker));
  }

  #count({ size }: FileRow): void {
    this.#counts.files++;
    this.#counts.bytes += size;
  }

  /** What goes wrong with one path is reported; what would go wrong with every path ends the restore. @returns whether it went well */
  async #reporting(path: string, consequence: string, work: () => Promise<void>): Promise<boolean> {
    assertGoingOn(this.#options.signal);
    try {
      await work();
      return true;
    } catch (error) {
      if (!SyncError.is(error) || STOPPING.has(error.code)) throw error;
      this.#problems.push({ path, code: error.code, message: error.message + consequence });
      return false;
    }
  }
}

const STOPPING: ReadonlySet<SyncErrorCode> = new Set<SyncErrorCode>([
  'sync/cancelled',
  'storage/no-space',
  'storage/read-only',
  'storage/root-missing',
  'storage/root-not-folder',
  'storage/root-unreadable',
  'storage/unreachable',
]);
