import { PathMap } from '../compare/path-map.ts';
import type { Entry } from '../model/entry.ts';
import { comparePaths, isWithin } from '../model/path.ts';
import { decodeHead } from '../model/row.ts';
import type {
  Abilities,
  Attributes,
  ChunkAccess,
  Copier,
  CopyJob,
  CopyResult,
  DeleteOptions,
  HashResult,
  ListBatch,
  ListNote,
  ListOptions,
  Storage,
  TransferOptions,
  UploadOptions,
  WatchChange,
  Watcher,
} from '../storage.ts';

/**
 * Where one side does not tell composed from decomposed spellings of a name apart (macOS), both sides are seen in the
 * composed form (Unicode NFC): one name is one path, however each side writes it.
 */
export function withOneSpelling(source: Storage, destination: Storage): { source: Storage; destination: Storage } {
  if (source.abilities.names.unicodeSensitive && destination.abilities.names.unicodeSensitive) return { source, destination };
  return { source: new ComposedNames(source), destination: new ComposedNames(destination) };
}

/**
 * The paths that a partial listing may ask for; undefined for all. Where spellings are mixed, only a whole listing tells how
 * each side writes a name, and what is asked for under another spelling would pass for deleted.
 */
export function listable(
  only: readonly string[] | undefined,
  storages: readonly Pick<Storage, 'abilities'>[],
): readonly string[] | undefined {
  const areMixed = storages.some(({ abilities }) => !abilities.names.unicodeSensitive);
  return areMixed && only?.some((path) => compose(path) !== path.normalize('NFD')) ? undefined : only;
}

/** A storage seen through composed names; it remembers how the storage itself spells what it holds. */
class ComposedNames implements Storage {
  readonly url: string;
  readonly abilities: Abilities;
  readonly inner: Storage;
  /** Composed path → the storage's own, where they differ. */
  readonly #own = new Map<string, string>();
  readonly #toOwn = new PathMap(this.#own);
  readonly rename?: NonNullable<Storage['rename']>;
  readonly update?: NonNullable<Storage['update']>;
  readonly hash?: NonNullable<Storage['hash']>;
  readonly flush?: NonNullable<Storage['flush']>;
  readonly watch?: NonNullable<Storage['watch']>;
  readonly introduce?: NonNullable<Storage['introduce']>;
  readonly acknowledge?: NonNullable<Storage['acknowledge']>;
  readonly copyWithin?: NonNullable<Storage['copyWithin']>;
  readonly readRanges?: NonNullable<Storage['readRanges']>;
  readonly chunks?: ChunkAccess;
  readonly oldContents?: NonNullable<Storage['oldContents']>;
  readonly seenBy?: NonNullable<Storage['seenBy']>;
  readonly rememberDeletions?: NonNullable<Storage['rememberDeletions']>;

  constructor(inner: Storage) {
    this.inner = inner;
    this.url = inner.url;
    this.abilities = inner.abilities;
    const {
      rename,
      copyWithin,
      update,
      hash,
      flush,
      watch,
      introduce,
      acknowledge,
      seenBy,
      rememberDeletions,
      readRanges,
      chunks,
      oldContents,
    } = inner;
    if (rename) this.rename = (from, toPath, options) => this.#rename(rename.bind(inner), { from, toPath, options });
    if (copyWithin)
      this.copyWithin = async (from, to, options) =>
        this.#seen(to.path, await copyWithin.call(inner, this.ownEntry(from), this.ownEntry(to), this.#ownOptions(options)));
    if (update)
      this.update = async (entry, attributes: Attributes) =>
        this.#seen(entry.path, await update.call(inner, this.ownEntry(entry), attributes));
    if (hash)
      this.hash = (entries, options): Promise<HashResult[]> =>
        hash.call(
          inner,
          entries.map((entry) => this.ownEntry(entry)),
          options,
        );
    if (flush)
      this.flush = (agreed) =>
        flush.call(
          inner,
          agreed?.map((path) => this.own(path)),
        );
    if (readRanges) this.readRanges = (entry, ranges, options) => readRanges.call(inner, this.ownEntry(entry), ranges, options);
    if (oldContents) this.oldContents = (hashes) => oldContents.call(inner, hashes);
    if (chunks) this.chunks = this.#chunkAccess(chunks);
    if (introduce) this.introduce = (replica) => introduce.call(inner, replica);
    if (acknowledge) this.acknowledge = (replica) => acknowledge.call(inner, replica);
    if (seenBy) this.seenBy = (replica) => seenBy.call(inner, replica);
    if (rememberDeletions)
      this.rememberDeletions = (deletions) =>
        rememberDeletions.call(
          inner,
          deletions.map((deletion) => ({ ...deletion, path: this.own(deletion.path) })),
        );
    if (watch)
      this.watch = (onChange): Promise<Watcher> =>
        watch.call(inner, (change: WatchChange) => onChange({ paths: change.paths?.map(compose) }));
  }

  identity(): Promise<string> {
    return this.inner.identity();
  }

  /** Composing names can change their order, so a listing with a name that is not composed is put in order again. */
  async *list(options: ListOptions): AsyncGenerator<ListBatch> {
    const own = options.only === undefined ? options : { ...options, only: options.only.map((path) => this.own(path)) };
    const batches: ListBatch[] = [];
    for await (const batch of this.inner.list(own)) batches.push(batch);
    if (batches.every(isComposed)) {
      yield* batches;
      return;
    }
    const entries = batches.flatMap(entriesOf).sort((a, b) => Number(b.path === compose(b.path)) - Number(a.path === compose(a.path)));
    const notes = batches.flatMap((batch) => batch.notes ?? []).map((note): ListNote => ({ ...note, path: compose(note.path) }));
    const seen = new Map<string, Entry>();
    for (const entry of entries) {
      const path = compose(entry.path);
      if (seen.has(path)) notes.push(collision(path));
      else seen.set(path, this.#seen(path, entry));
    }
    const listed = [...seen.values()].sort((a, b) => comparePaths(a.path, b.path));
    yield { entries: listed, files: listed.filter((entry) => entry.kind === 'file').length, notes };
  }

  async stat(path: string): Promise<Entry | undefined> {
    const found = await this.inner.stat(this.own(path));
    return found && this.#seen(path, found);
  }

  download(entry: Entry, options?: TransferOptions): AsyncIterable<Uint8Array> {
    return this.inner.download(this.ownEntry(entry), options);
  }

  async upload(entry: Entry, content: AsyncIterable<Uint8Array> | undefined, options: UploadOptions): Promise<Entry> {
    return this.#seen(entry.path, await this.inner.upload(this.ownEntry(entry), content, this.#ownOptions(options)));
  }

  async delete(entry: Entry, options?: DeleteOptions): Promise<void> {
    await this.inner.delete(this.ownEntry(entry), options);
  }

  #chunkAccess(chunks: ChunkAccess): ChunkAccess {
    return {
      scheme: chunks.scheme,
      list: (entry, options) => chunks.list(this.ownEntry(entry), options),
      has: (ids) => chunks.has(ids),
      get: (ids, options) => chunks.get(ids, options),
      assemble: async (entry, refs, missing, options) =>
        this.#seen(entry.path, await chunks.assemble(this.ownEntry(entry), refs, missing, this.#ownOptions(options))),
    };
  }

  copierFrom(source: Storage): Copier | undefined {
    const giver = source instanceof ComposedNames ? source : undefined;
    const copier = this.inner.copierFrom?.(giver?.inner ?? source);
    if (copier === undefined) return undefined;
    return {
      copy: async (jobs, options): Promise<CopyResult[]> => {
        const own = jobs.map(
          ({ from, to, expected }): CopyJob => ({
            from: giver?.ownEntry(from) ?? from,
            to: this.ownEntry(to),
            expected: expected && this.ownEntry(expected),
          }),
        );
        const results = await copier.copy(own, options);
        return results.map((result, index) => {
          const job = jobs[index] as CopyJob;
          return 'error' in result ? result : { from: { ...result.from, path: job.from.path }, to: this.#seen(job.to.path, result.to) };
        });
      },
    };
  }

  async close(): Promise<void> {
    await this.inner.close?.();
  }

  own(path: string): string {
    return this.#toOwn.map(path);
  }

  ownEntry(entry: Entry): Entry {
    const path = this.own(entry.path);
    return path === entry.path ? entry : { ...entry, path };
  }

  #ownOptions(options: UploadOptions): UploadOptions {
    return options.expected === undefined ? options : { ...options, expected: this.ownEntry(options.expected) };
  }

  /** Learns the storage's own spelling and gives the entry its composed path. */
  #seen(path: string, entry: Entry): Entry {
    if (entry.path !== this.own(path)) this.#own.set(path, entry.path);
    return entry.path === path ? entry : { ...entry, path };
  }

  async #rename(
    rename: NonNullable<Storage['rename']>,
    { from, toPath, options }: { from: Entry; toPath: string; options: UploadOptions },
  ): Promise<Entry> {
    const ownFrom = this.own(from.path);
    const moved = [...this.#own].filter(([path]) => isWithin(from.path, path));
    const renamed = await rename(this.ownEntry(from), this.own(toPath), this.#ownOptions(options));
    for (const [path] of moved) this.#own.delete(path);
    const result = this.#seen(toPath, renamed);
    for (const [path, own] of moved) {
      if (path !== from.path) this.#own.set(toPath + path.slice(from.path.length), renamed.path + own.slice(ownFrom.length));
    }
    return result;
  }
}

function compose(path: string): string {
  return path.normalize('NFC');
}

function entriesOf(batch: ListBatch): Entry[] {
  const rows = batch.rows ? batch.rows.split('\n').map(decodeHead) : [];
  return [...rows, ...(batch.entries ?? [])];
}

/** NFC leaves every text of the first 128 characters as it is, and most others. */
function isComposed({ rows = '', entries = [], notes = [] }: ListBatch): boolean {
  return compose(rows) === rows && entries.every(({ path }) => compose(path) === path) && notes.every(({ path }) => compose(path) === path);
}

function collision(path: string): ListNote {
  const message = `${path} is there twice, in two spellings that the other side takes for one; rename one of them`;
  return { type: 'unreadable', path, code: 'path/name-collision', message };
}
