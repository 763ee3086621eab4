import {
  type BlobStore,
  ContentIngest,
  type ContentIngestOptions,
  ContentRestore,
  chunkerConstants,
  chunkId,
  HEADER_BYTES,
  PackedChunkStore,
  packName,
} from '@cloudsync/content';
import { SyncError } from '@cloudsync/engine';
import { type Changes, type Commit, type CommitKind, type Device, isSnapshotKind, NO_CHANGES, type Totals } from './commit/commit.ts';
import { CommitLog, type CommitRecord, type SeenCommit } from './commit/commit-log.ts';
import type { VaultConfig } from './config.ts';
import { ContentWriter, type ContentWriterOptions } from './content/content-writer.ts';
import type { VaultKeys } from './keys/master-keys.ts';
import { NodeStore } from './tree/node-store.ts';
import type { TreeRoot } from './tree/row.ts';
import { Tree } from './tree/tree.ts';

export interface VaultOptions {
  readonly blobs: BlobStore;
  readonly config: VaultConfig;
  readonly keys: VaultKeys;
  /** The newest commit that this device has seen. Undefined: it sees the vault for the first time, or takes it as it is. */
  readonly lastSeen?: SeenCommit | undefined;
  /**
   * What to do when the newest commit or index objects cannot be read: refuse (default), or step back to the newest commit that can and do
   * without those, for check, repair and rescue.
   */
  readonly damagedHead?: 'refuse' | 'step-back' | undefined;
  /** Whether threads take content in. Default true. */
  readonly threads?: boolean | undefined;
}

/** Who commits. */
export interface Author {
  readonly device: Device;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/** What is asked to make a commit each time that another writer was faster. */
export interface CommitBase {
  /** The present; undefined in a vault without commits. */
  readonly head: Commit | undefined;
  readonly tree: Tree;
  /** The sequence that the commit will have. */
  readonly sequence: number;
  /** True when chunks that were found stored may be gone: ask `chunks.has` for those that the commit needs. */
  readonly lostChunks: boolean;
}

/** What a commit changes; what is left out stays as it is at the head. */
export interface CommitDraft {
  readonly tree?: Tree | undefined;
  readonly changes?: Changes | undefined;
  /** Sequences that are kept, without this commit's own. */
  readonly snapshots?: readonly number[] | undefined;
  /** The whole list of {@link Commit.condemned}; the index then names none of them. */
  readonly condemned?: readonly string[] | undefined;
  /** Rows had to be left out; see {@link Commit.lost}. */
  readonly lost?: boolean | undefined;
}

export interface CommitChange {
  readonly author: Author;
  readonly kind: CommitKind;
  /** See {@link Commit.run}. */
  readonly run?: string | undefined;
  /** Undefined: there is nothing to commit. */
  make(base: CommitBase): Promise<CommitDraft | undefined>;
}

/** Others can be faster so many times before something must be wrong. */
const ATTEMPTS_MAX = 100;

/**
 * An open vault: its history, its trees, its chunks (docs/formats/vault.md). The library below the storage, and below every command
 * that looks at a vault or cares for it.
 */
export class Vault {
  readonly blobs: BlobStore;
  readonly config: VaultConfig;
  readonly keys: VaultKeys;
  readonly log: CommitLog;
  readonly chunks: PackedChunkStore;
  readonly nodes: NodeStore;
  readonly usesThreads: boolean;
  /** Newer commits that cannot be read, when the vault was opened by stepping back. */
  readonly unreadable: readonly number[];
  /** Index objects that cannot be read; other than by stepping back, no vault opens with such. */
  readonly unreadableIndexes: readonly string[];
  #head: CommitRecord | undefined;
  /** Packs were taken out of force since the last own commit. */
  #wasPruned = false;
  /** Chunks that were found stored were lost since, at any time: content that is still on its way may have counted on them. */
  #lostChunks = false;
  #adopting: Promise<unknown> | undefined;
  #ingest: ContentIngest | undefined;
  #restore: ContentRestore | undefined;
  #writer: ContentWriter | undefined;
  #working: Promise<unknown> = Promise.resolve();

  private constructor({ blobs, config, keys, threads = true }: VaultOptions, opened: Opened) {
    this.blobs = blobs;
    this.config = config;
    this.keys = keys;
    this.log = opened.log;
    this.chunks = opened.chunks;
    this.nodes = new NodeStore({ chunks: opened.chunks, idOf: (bytes) => chunkId(keys.idKey, bytes) });
    this.usesThreads = threads;
    this.#head = opened.start.head;
    this.unreadable = opened.start.unreadable;
    this.unreadableIndexes = opened.unreadableIndexes;
  }

  /**
   * Opens a vault at its newest commit. One that was made and never committed to is empty.
   * @throws SyncError `vault/rolled-back`, `vault/damaged`, `vault/newer-version`, `vault/wrong-key`, `content/damaged` (index objects)
   */
  static async open(options: VaultOptions): Promise<Vault> {
    const { blobs, config, keys, lastSeen, damagedHead = 'refuse' } = options;
    const log = new CommitLog({ blobs, keys: keys.seal, vault: config.id });
    const start = damagedHead === 'refuse' ? { head: await log.head(), unreadable: [] } : await newestReadable(log);
    if (lastSeen !== undefined) await assertNotRolledBack(log, start.head, lastSeen);
    const unreadableIndexes: string[] = [];
    const onUnreadableIndex = damagedHead === 'refuse' ? undefined : (name: string): number => unreadableIndexes.push(name);
    const chunkOptions = { blobs, keys: keys.seal, idKey: keys.idKey, onUnreadableIndex };
    const { head, result: chunks } = await withIndexes(log, start.head, (indexes) => PackedChunkStore.open({ ...chunkOptions, indexes }));
    return new Vault(options, { log, chunks, start: { ...start, head }, unreadableIndexes });
  }

  /** Makes the first commit of a new vault. A vault that has one already is opened as it is. */
  static async create(options: VaultOptions, author: Author): Promise<Vault> {
    const vault = await Vault.open(options);
    await vault.commit({ author, kind: 'init', make: async ({ head }) => (head === undefined ? {} : undefined) });
    return vault;
  }

  /** The present, as of the last open, refresh or commit; undefined in a vault without commits. */
  get head(): CommitRecord | undefined {
    return this.#head;
  }

  /** To be called before content is put: finds packs of a run that was cut off, so that what they hold is not sent again. */
  async beginWriting(): Promise<void> {
    this.#adopting ??= this.chunks.adoptOrphans({ condemned: new Set(this.#head?.commit.condemned) });
    await this.#adopting;
  }

  /** Takes in many files of this machine at once, in threads. */
  get ingest(): ContentIngest {
    this.#ingest ??= new ContentIngest(this.contentOptions);
    return this.#ingest;
  }

  /** Writes many files to this machine at once, in threads. */
  get restore(): ContentRestore {
    const { blobs, keys, chunks: store } = this;
    this.#restore ??= new ContentRestore({ store, blobs, keys: keys.seal, idKey: keys.idKey });
    return this.#restore;
  }

  /** Takes content from anywhere. */
  get sink(): Pick<ContentIngest, 'putStream'> {
    if (this.usesThreads) return this.ingest;
    this.#writer ??= new ContentWriter(this.contentOptions);
    return this.#writer;
  }

  /** How content is cut, named and stored here. */
  get contentOptions(): ContentIngestOptions & ContentWriterOptions {
    const { idKey, chunkerKey } = this.keys;
    return { store: this.chunks, idKey, params: this.config.chunker, constants: chunkerConstants(chunkerKey) };
  }

  /** The tree of any commit, or of a part of one. */
  tree(root: TreeRoot | undefined = this.#head?.commit.root): Tree {
    return new Tree(this.nodes, root);
  }

  /** Looks for newer commits. */
  async refresh(): Promise<void> {
    return this.#exclusive(() => this.#refresh());
  }

  /**
   * Commits: packs, then index objects, then the commit itself, which exists in the next number or not at all. When another writer takes
   * the number first, `make` is asked again on top of what that one did.
   * @returns undefined when there was nothing to commit
   */
  async commit(change: CommitChange): Promise<CommitRecord | undefined> {
    return this.#exclusive(async () => {
      for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
        const record = await this.#try(change);
        if (record !== 'taken') return record;
        await this.#refresh();
      }
      const message = `others commit to the vault ${this.blobs.url} all the time; run again when they are done`;
      throw new SyncError('vault/locked', message, { retryable: true });
    });
  }

  async close(): Promise<void> {
    await this.#working;
    await Promise.all([this.#ingest?.close(), this.#restore?.close()]);
    await this.blobs.close?.();
  }

  async #try(change: CommitChange): Promise<CommitRecord | 'taken' | undefined> {
    const { head } = this;
    const sequence = (this.unreadable.at(-1) ?? head?.commit.sequence ?? 0) + 1;
    const tree = this.tree();
    const draft = await change.make({ head: head?.commit, tree, sequence, lostChunks: this.#lostChunks });
    if (draft === undefined) return undefined;
    const condemned = draft.condemned ?? head?.commit.condemned ?? [];
    const indexes = await this.#seal(draft.condemned);
    const totals = draft.tree === undefined && head !== undefined ? head.commit.totals : await totalsOf(draft.tree ?? tree);
    const { author, kind, run } = change;
    const commit: Commit = {
      sequence,
      previous: await this.#hashBefore(sequence),
      timeMs: author.clock(),
      device: author.device,
      kind,
      run,
      root: (draft.tree ?? tree).root,
      indexes,
      changes: draft.changes ?? NO_CHANGES,
      totals,
      snapshots: this.#snapshotsWith(sequence, change, draft.snapshots),
      condemned,
      lost: draft.lost === true ? sequence : head?.commit.lost,
    };
    const record = await this.log.append(commit);
    if (record === undefined) return 'taken';
    this.#head = record;
    await this.chunks.rebase(indexes, { condemned: new Set(condemned) });
    this.#wasPruned = false;
    return record;
  }

  async #seal(condemned: readonly string[] = []): Promise<readonly string[]> {
    const { indexes, newPacks } = await this.chunks.seal({ without: new Set(condemned) });
    if (this.#wasPruned) for (const salt of newPacks) await this.#assertStored(salt);
    return indexes;
  }

  /** A pack that waited for its commit for a day can have been pruned, and by now be forgotten by whoever did it. */
  async #assertStored(salt: string): Promise<void> {
    try {
      await this.blobs.getRange(packName(salt), 0, HEADER_BYTES);
    } catch (cause) {
      if (!SyncError.is(cause, 'storage/not-found')) throw cause;
      const message = `the vault ${this.blobs.url} was pruned while this sync slept, and what it had stored is gone; run it again`;
      throw new SyncError('storage/changed', message, { cause });
    }
  }

  async #hashBefore(sequence: number): Promise<string | undefined> {
    return this.#head?.commit.sequence === sequence - 1 ? this.#head.hash : this.log.hashOf(sequence - 1);
  }

  #snapshotsWith(sequence: number, { kind, run }: CommitChange, kept: readonly number[] | undefined): readonly number[] {
    const { head } = this;
    const before = kept ?? head?.commit.snapshots ?? [];
    if (!isSnapshotKind(kind)) return before;
    const goesOn = run !== undefined && head?.commit.run === run && before.at(-1) === head.commit.sequence;
    return [...(goesOn ? before.slice(0, -1) : before), sequence];
  }

  async #refresh(): Promise<void> {
    const before = this.#head;
    const newest = await this.log.head();
    if (newest?.hash === before?.hash) return;
    if (before !== undefined) await assertNotRolledBack(this.log, newest, { sequence: before.commit.sequence, hash: before.hash });
    const { head: now, result } = await withIndexes(this.log, newest, (indexes, condemned) => this.chunks.rebase(indexes, { condemned }));
    const { lostPacks } = result;
    this.#head = now;
    this.#wasPruned ||= (now?.commit.condemned ?? []).join() !== (before?.commit.condemned ?? []).join();
    this.#lostChunks ||= lostPacks.length > 0;
  }

  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#working.then(work, work);
    this.#working = result.catch(() => undefined);
    return result;
  }
}

/**
 * Does something with the index objects of the present. A prune may delete them between the reading of the commit that names them and
 * theirs: then there is a newer commit, and it is done again with that one's.
 */
async function withIndexes<Result>(
  log: CommitLog,
  newest: CommitRecord | undefined,
  use: (indexes: readonly string[], condemned: ReadonlySet<string>) => Promise<Result>,
): Promise<{ readonly head: CommitRecord | undefined; readonly result: Result }> {
  for (let head = newest; ; ) {
    try {
      return { head, result: await use(head?.commit.indexes ?? [], new Set(head?.commit.condemned)) };
    } catch (error) {
      if (!SyncError.is(error, 'content/missing')) throw error;
      const now = await log.head();
      if (now?.hash === head?.hash) throw error;
      head = now;
    }
  }
}

async function totalsOf(tree: Tree): Promise<Totals> {
  const { files, folders, symlinks, bytes } = await tree.summary();
  return { files, folders, symlinks, bytes };
}

interface Opened {
  readonly log: CommitLog;
  readonly chunks: PackedChunkStore;
  readonly start: Start;
  readonly unreadableIndexes: readonly string[];
}

interface Start {
  readonly head: CommitRecord | undefined;
  readonly unreadable: readonly number[];
}

async function newestReadable(log: CommitLog): Promise<Start> {
  const unreadable: number[] = [];
  for (const sequence of (await log.list()).reverse()) {
    try {
      return { head: await log.read(sequence), unreadable: unreadable.reverse() };
    } catch (error) {
      if (!isDamage(error)) throw error;
      unreadable.push(sequence);
    }
  }
  return { head: undefined, unreadable: unreadable.reverse() };
}

/** Whether an error says that stored bytes are not what was written. */
export function isDamage(error: unknown): error is SyncError {
  return SyncError.is(error, 'vault/damaged') || SyncError.is(error, 'content/damaged') || SyncError.is(error, 'content/missing');
}

/** @throws SyncError `vault/rolled-back` when the history does not go on from what was seen */
async function assertNotRolledBack(log: CommitLog, head: CommitRecord | undefined, seen: SeenCommit): Promise<void> {
  const now = head?.commit.sequence ?? 0;
  const hash = now === seen.sequence ? head?.hash : now > seen.sequence ? await log.hashOf(seen.sequence) : 'older';
  // A commit that was forgotten since is not there to be compared.
  if (hash === seen.hash || (hash === undefined && now > seen.sequence)) return;
  const message =
    now < seen.sequence
      ? `the vault shows version ${now}, but this device has seen version ${seen.sequence}: it was put back to an older state; if that is meant, accept it with --accept-rollback`
      : `version ${seen.sequence} of the vault is not the one that this device has seen: its history was exchanged; if that is meant, accept it with --accept-rollback`;
  throw new SyncError('vault/rolled-back', message);
}
