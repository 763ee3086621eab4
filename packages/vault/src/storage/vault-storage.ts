import { createHash } from 'node:crypto';
import {
  type Abilities,
  type Attributes,
  type ChunkRef,
  type Copier,
  type CopyOptions,
  type DeleteOptions,
  type Entry,
  type FetchJob,
  type FetchResult,
  type HashResult,
  type ListBatch,
  type ListOptions,
  mergeVectors,
  type Replica,
  type Storage,
  SyncError,
  type Tombstone,
  type TransferOptions,
  toMicroseconds,
  type UploadOptions,
} from '@cloudsync/engine';
import { assertGoingOn } from '../cancelled.ts';
import { readConfig } from '../config.ts';
import { makeContentList } from '../content/content-nodes.ts';
import { findReplica, recordReplica } from '../replica/replicas.ts';
import type { FileRow, LiveRow } from '../tree/row.ts';
import type { Author, Vault } from '../vault.ts';
import { assertArrived, boundedContent } from './arrived.ts';
import { fetchFiles } from './fetch-files.ts';
import { listRows } from './list-rows.ts';
import { assertEmpty, assertExpected, assertFolderAbove, assertSafePath, assertWritable, lookAgain, VAULT_NAMES } from './look-again.ts';
import { oldContents } from './old-contents.ts';
import { readRow } from './read-row.ts';
import { changed, entryOfRow, isAsExpected, liveRow } from './row-entry.ts';
import { type Arrival, RowMaker } from './row-maker.ts';
import type { StagedTree } from './staged-tree.ts';
import { Staging } from './staging.ts';
import { VaultChunks } from './vault-chunks.ts';
import { VaultCopier } from './vault-copier.ts';

/** Chunks read in one call when nobody knows their hash: some megabytes. */
const HASHED_AT_ONCE = 64;

export interface VaultStorageOptions {
  /** Whose changes come through this storage: 16 hex digits, one for each place that is synced with the vault. */
  readonly actor: string;
  readonly device: Author['device'];
  /** Milliseconds since 1970; never goes back. */
  readonly clock: () => number;
  /** Default: the URL of the blob store. */
  readonly url?: string | undefined;
}

/** Of every vault. */
export const VAULT_ABILITIES: Abilities = {
  scans: true,
  mtimeStepMs: 0.001,
  modes: true,
  symlinks: true,
  folders: true,
  names: VAULT_NAMES,
  causality: true,
};

/**
 * A vault as a storage. What is changed is staged over the newest tree; {@link flush} commits it as a new version. Everything that one
 * run commits, from one `list` to the next, is one snapshot. Deleted and replaced content stays in the older versions: that is its trash.
 */
export class VaultStorage implements Storage {
  readonly url: string;
  readonly abilities = VAULT_ABILITIES;
  readonly vault: Vault;
  readonly chunks: VaultChunks;
  readonly #options: VaultStorageOptions;
  readonly #staging: Staging;
  readonly #rows: RowMaker;

  constructor(vault: Vault, options: VaultStorageOptions) {
    this.url = options.url ?? `vault:${vault.blobs.url}`;
    this.vault = vault;
    this.#options = options;
    this.#staging = new Staging(vault, options);
    this.#rows = new RowMaker(options);
    this.chunks = new VaultChunks({
      vault,
      find: (entry) => this.#mustFindFile(entry),
      assemble: (entry, chunks, how) => this.#assemble(entry, chunks, how),
    });
  }

  /** The vault's id, and when a repair had to leave rows out, which: what is lost must not pass for deleted at the other side. */
  async identity(): Promise<string> {
    await this.#assertThere();
    const { lost } = this.vault.head?.commit ?? {};
    return lost === undefined ? this.vault.config.id : `${this.vault.config.id}/${lost}`;
  }

  /** Shows what is committed and what is staged. With nothing staged it looks for what others committed first. */
  async *list(options: ListOptions): AsyncGenerator<ListBatch> {
    assertGoingOn(options.signal);
    await this.#assertThere();
    await this.#staging.begin();
    yield* listRows({ ...options, tree: this.#staging.tree, readText: (row) => this.#readText(row) });
  }

  async stat(path: string): Promise<Entry | undefined> {
    assertSafePath(path);
    const row = liveRow(await this.#staging.tree.get(path));
    return row && entryOfRow(row);
  }

  async *download(entry: Entry, options: TransferOptions = {}): AsyncGenerator<Uint8Array> {
    assertGoingOn(options.signal);
    yield* readRow(this.vault, await this.#mustFindFile(entry), options);
  }

  /** Content goes into the chunk store at once, where nothing names it yet; the row is staged when it has arrived whole. */
  async upload(entry: Entry, content: AsyncIterable<Uint8Array> | undefined, options: UploadOptions): Promise<Entry> {
    const { expected, signal } = options;
    assertWritable(entry.path);
    assertGoingOn(signal);
    await lookAgain(this.#staging.tree, entry.path, expected);
    return this.#stage(await this.#whatArrives(entry, content, signal), entry, options);
  }

  #stage(what: Arrival, entry: Entry, { expected, isCarrier }: UploadOptions): Promise<Entry> {
    return this.#staging.change(async (tree) => {
      const before = await lookAgain(tree, entry.path, expected);
      if (expected?.kind === 'folder' && entry.kind !== 'folder') await assertEmpty(tree, entry.path);
      const row = this.#rows.make(before, { ...entry, ...what }, isCarrier);
      tree.put(before, row);
      return entryOfRow(row);
    });
  }

  /** Leaves a tombstone, which goes when every replica has seen it. */
  async delete(entry: Entry, { vector, signal }: DeleteOptions = {}): Promise<void> {
    assertSafePath(entry.path);
    return this.#staging.change(async (tree) => {
      assertGoingOn(signal);
      const row = await tree.get(entry.path);
      const live = liveRow(row);
      if (live === undefined) {
        if (row !== undefined && vector !== undefined) tree.put(row, this.#rows.bury(row, vector));
        return;
      }
      assertExpected(entry.path, entry, live);
      if (live.kind === 'folder') await assertEmpty(tree, entry.path);
      tree.put(live, this.#rows.bury(live, vector));
    });
  }

  /** Moves rows, a folder's with all that is in it; no content moves. */
  async rename(from: Entry, toPath: string, { expected, signal }: UploadOptions): Promise<Entry> {
    assertSafePath(from.path);
    assertWritable(toPath);
    return this.#staging.change(async (tree) => {
      assertGoingOn(signal);
      const row = liveRow(await tree.get(from.path));
      await assertFolderAbove(tree, from.path);
      assertExpected(from.path, from, row);
      if (from.path === toPath || row === undefined) return this.#mustStat(tree, toPath);
      if (toPath.startsWith(`${from.path}/`)) throw intoItself(from.path, toPath);
      await lookAgain(tree, toPath, expected);
      if (expected?.kind === 'folder') await assertEmpty(tree, toPath);
      const moved = row.kind === 'folder' ? await tree.within(from.path) : [row];
      const targets = moved.map(({ path }) => toPath + path.slice(from.path.length));
      const before = await tree.getMany(targets);
      for (const one of moved.toReversed()) tree.put(one, this.#rows.bury(one));
      for (const [index, path] of targets.entries()) {
        tree.put(before.get(path), this.#rows.move(moved[index] as LiveRow, path, before.get(path)));
      }
      return this.#mustStat(tree, toPath);
    });
  }

  /** Content is named by its chunks, so the rows share it. */
  async copyWithin(from: Entry, to: Entry, options: UploadOptions): Promise<Entry> {
    assertWritable(to.path);
    assertGoingOn(options.signal);
    const { hash, size, content } = await this.#mustFindFile(from);
    assertArrived(to, { hash, size });
    return this.#stage({ hash, content }, to, options);
  }

  async update(entry: Entry, { mtimeMs, mode, vector }: Attributes): Promise<Entry> {
    assertWritable(entry.path);
    return this.#staging.change(async (tree) => {
      await assertFolderAbove(tree, entry.path);
      const row = liveRow(await tree.get(entry.path));
      assertExpected(entry.path, entry, row);
      if (row === undefined) throw changed(entry.path);
      const after = { ...row, mtimeMs: toMicroseconds(mtimeMs ?? row.mtimeMs), mode: mode === undefined ? row.mode : mode & 0o7777 };
      // A folder's time follows what happens in it: setting it is no change that anybody made.
      const isSame = (row.kind === 'folder' || after.mtimeMs === row.mtimeMs) && after.mode === row.mode;
      const next = isSame ? (mergeVectors(row.vector, vector) ?? row.vector) : this.#rows.nextVector(row.vector, vector);
      tree.put(row, { ...after, vector: next });
      return entryOfRow({ ...after, vector: next });
    });
  }

  async hash(entries: readonly Entry[], { signal }: TransferOptions = {}): Promise<HashResult[]> {
    assertGoingOn(signal);
    for (const { path } of entries) assertSafePath(path);
    const rows = await this.#staging.tree.getMany(entries.map(({ path }) => path));
    return entries.map((entry) => {
      const row = rows.get(entry.path);
      return row?.kind === 'file' && isAsExpected(entry, row) ? { hash: row.hash } : { error: changed(entry.path) };
    });
  }

  oldContents(hashes: ReadonlySet<string>): Promise<ReadonlyMap<string, Uint8Array>> {
    return oldContents(this.vault, hashes);
  }

  async fetchFiles(jobs: readonly FetchJob[], options: CopyOptions): Promise<FetchResult[]> {
    assertGoingOn(options.signal);
    return fetchFiles(this.vault, jobs, { ...options, find: ({ entry }) => this.#mustFindFile(entry) });
  }

  copierFrom(source: Storage): Copier | undefined {
    const { localFile } = source;
    if (localFile === undefined || !this.vault.usesThreads) return undefined;
    const local = { localFile: (entry: Entry) => localFile.call(source, entry) };
    return new VaultCopier({ vault: this.vault, staging: this.#staging, rows: this.#rows, source: local });
  }

  /**
   * Commits what is staged: first packs, then their index, then the commit. With nothing staged nothing is committed.
   *
   * When another writer changed some of the same paths meanwhile, all else is committed, and then this throws `storage/changed` with one
   * of those paths: the caller must not take any of it for agreed, and its next run finds what was committed there as it is. (Committing
   * nothing would be as safe, but two devices that save the same busy file would keep each other from ever finishing.)
   * @throws SyncError `storage/changed`, and what the blob store throws; then all is still staged
   */
  async flush(): Promise<void> {
    await this.#staging.flush();
  }

  async introduce({ id, name }: Replica): Promise<void> {
    if ((await findReplica(this.vault, id)) !== undefined) return;
    await recordReplica(this.vault, { id, name, seen: 0, timeMs: this.#options.clock() });
    await this.vault.blobs.flush();
  }

  async acknowledge({ id, name }: Replica): Promise<void> {
    const seen = this.#staging.seen;
    const known = await findReplica(this.vault, id);
    const { tombstones } = await this.vault.tree().summary();
    if (known !== undefined && (known.seen >= seen || tombstones === 0)) return;
    await recordReplica(this.vault, { id, name, seen, timeMs: this.#options.clock() });
  }

  async seenBy({ id }: Replica): Promise<number> {
    return (await findReplica(this.vault, id))?.seen ?? 0;
  }

  async rememberDeletions(deletions: readonly Tombstone[]): Promise<void> {
    for (const { path } of deletions) assertSafePath(path);
    await this.flush();
    await this.#staging.change(async (tree) => {
      const rows = await tree.getMany(deletions.map(({ path }) => path));
      for (const { path, vector } of deletions) {
        const row = rows.get(path);
        const tombstone = this.#rows.remember(path, row, vector);
        if (tombstone !== undefined) tree.remember(row, tombstone);
      }
    });
    try {
      await this.flush();
    } catch (error) {
      // A vault that cannot be written can be read: what it was to remember is no reason for a later flush to fail.
      await this.#staging.abandon();
      throw error;
    }
  }

  /** Closes the vault and its blob store too. What is still staged is committed if it can be; only `flush` promises it. */
  async close(): Promise<void> {
    await this.flush().catch((error: unknown) => {
      if (!SyncError.is(error)) throw error;
    });
    await this.vault.close();
  }

  async #assertThere(): Promise<void> {
    const { blobs, config } = this.vault;
    try {
      if ((await readConfig(blobs)).id === config.id) return;
    } catch (error) {
      if (!SyncError.is(error, 'vault/not-a-vault')) throw error;
    }
    throw new SyncError('storage/root-missing', `the vault ${blobs.url} is not there any more; mount the disk that holds it`);
  }

  async #mustFindFile(entry: Entry): Promise<FileRow> {
    assertSafePath(entry.path);
    const row = liveRow(await this.#staging.tree.get(entry.path));
    if (row === undefined)
      throw new SyncError('storage/not-found', `${JSON.stringify(entry.path)} is gone; it is looked at again in the next run`, {
        path: entry.path,
      });
    if (row.kind !== 'file' || !isAsExpected(entry, row)) throw changed(entry.path);
    return row;
  }

  async #mustStat(tree: StagedTree, path: string): Promise<Entry> {
    const row = liveRow(await tree.get(path));
    if (row === undefined) throw changed(path);
    return entryOfRow(row);
  }

  async #whatArrives(entry: Entry, content: AsyncIterable<Uint8Array> | undefined, signal: AbortSignal | undefined): Promise<Arrival> {
    if (entry.kind !== 'file') return {};
    if (content === undefined) throw new TypeError(`the file ${JSON.stringify(entry.path)} has no content`);
    await this.vault.beginWriting();
    const { hash, size, chunks } = await this.vault.sink.putStream(boundedContent(entry, content), { signal });
    assertArrived(entry, { hash, size });
    return { hash, content: await makeContentList(chunks, this.vault.chunks, this.vault.keys.idKey) };
  }

  /** A file of chunks that are all there. Its hash is known, or they are read once more for it. */
  async #assemble(entry: Entry, chunks: readonly ChunkRef[], options: UploadOptions): Promise<Entry> {
    assertWritable(entry.path);
    await lookAgain(this.#staging.tree, entry.path, options.expected);
    const content = await makeContentList(chunks, this.vault.chunks, this.vault.keys.idKey);
    const size = chunks.reduce((sum, { length }) => sum + length, 0);
    const hash = entry.hash === undefined || entry.hash.includes(':') ? await this.#hashOf(chunks) : entry.hash;
    assertArrived(entry, { hash, size });
    return this.#stage({ hash, content }, entry, options);
  }

  async #hashOf(chunks: readonly ChunkRef[]): Promise<string> {
    const whole = createHash('sha256');
    for (let at = 0; at < chunks.length; at += HASHED_AT_ONCE)
      for await (const bytes of this.vault.chunks.get(chunks.slice(at, at + HASHED_AT_ONCE).map(({ id }) => id))) whole.update(bytes);
    return whole.digest('hex');
  }

  async #readText(row: FileRow): Promise<string> {
    const decoder = new TextDecoder();
    let text = '';
    for await (const piece of readRow(this.vault, row)) text += decoder.decode(piece, { stream: true });
    return text + decoder.decode();
  }
}

function intoItself(from: string, to: string): SyncError {
  return new SyncError('path/unsafe', `${JSON.stringify(from)} cannot be moved into itself, to ${JSON.stringify(to)}; it is not moved`, {
    path: to,
  });
}
