import {
  type Abilities,
  type Attributes,
  assertSafePath,
  type Copier,
  type CopyJob,
  type CopyResult,
  type Entry,
  type HashResult,
  isUntouched,
  isWithin,
  type ListBatch,
  type ListOptions,
  nameKey,
  nameOf,
  type Storage,
  SyncError,
  type TransferOptions,
  type UploadOptions,
  whyNotAllowed,
} from '@cloudsync/engine';
import { join, sha256, streamOf } from '../content.ts';
import { Random } from '../random.ts';
import { ClientView } from './client-view.ts';
import type { Disk, Draft } from './disk.ts';
import { Faults } from './faults.ts';
import { batchesOf, listDisk } from './listing.ts';
import { Process } from './process.ts';
import type { FileNode, Node } from './tree.ts';

/** What somebody else does to the disk while the engine works. */
export interface Outsider {
  /** Deletes the file at `path`. */
  remove(path: string): void;
  /** Saves other content in the file at `path`. */
  edit(path: string): void;
}

export interface StrictStorageOptions {
  readonly disk: Disk;
  readonly url?: string;
  readonly faults?: Faults;
  /** Whose calls these are; when it dies, they stop. */
  readonly process?: Process;
  readonly outsider?: Outsider;
  /** What this client saw so far; share it between storages that play the same client. */
  readonly view?: ClientView;
  /** Lists in path order with ignore rules applied. Default true. */
  readonly scans?: boolean;
  /** Where hashes come from. Default `asked`. */
  readonly hashes?: 'listed' | 'asked' | 'none';
  /** Default true. */
  readonly canRename?: boolean;
  /** Default true. */
  readonly canUpdate?: boolean;
  /** Copies from other strict storages in bulk. Default false. */
  readonly canCopy?: boolean;
  /** In what pieces a download comes; the process may die between two. Default 64. */
  readonly pieceBytes?: number;
  readonly log?: (line: string) => void;
}

const PIECE_BYTES = 64;
const SLOW_MS_MAX = 10 * 60_000;

/**
 * A storage in memory that is stricter than any real one: it checks every rule of the interface on its callers, notes
 * every {@link misuses | misuse}, and fails in every way a real storage does, drawn from a seed.
 */
export class StrictStorage implements Storage {
  readonly url: string;
  readonly abilities: Abilities;
  readonly disk: Disk;
  /** What a correct engine never asks for: a path outside the root, a file without content. */
  readonly misuses: string[] = [];
  readonly rename?: NonNullable<Storage['rename']>;
  readonly update?: NonNullable<Storage['update']>;
  readonly hash?: NonNullable<Storage['hash']>;
  readonly copierFrom?: NonNullable<Storage['copierFrom']>;
  readonly #faults: Faults;
  readonly #process: Process;
  readonly #outsider: Outsider;
  readonly #view: ClientView;
  readonly #scans: boolean;
  readonly #withHashes: boolean;
  readonly #pieceBytes: number;
  readonly #log: (line: string) => void;

  constructor(options: StrictStorageOptions) {
    const { disk, scans = true, hashes = 'asked', canRename = true, canUpdate = true, canCopy = false } = options;
    this.disk = disk;
    this.url = options.url ?? 'strict:';
    this.#faults = options.faults ?? new Faults({ random: new Random(0), rates: {} });
    this.#process = options.process ?? new Process();
    this.#outsider = options.outsider ?? new Stranger(disk);
    this.#view = options.view ?? new ClientView();
    this.#scans = scans;
    this.#withHashes = hashes === 'listed';
    this.#pieceBytes = options.pieceBytes ?? PIECE_BYTES;
    this.#log = options.log ?? (() => undefined);
    const { mtimeStepMs, modes, symlinks, names } = disk.traits;
    this.abilities = { scans, mtimeStepMs, modes, symlinks, folders: true, names };
    if (canRename) this.rename = (from, toPath, how) => this.#rename(from, toPath, how);
    if (canUpdate) this.update = (entry, attributes) => this.#update(entry, attributes);
    if (hashes !== 'none') this.hash = (entries, how) => this.#hash(entries, how);
    if (canCopy) this.copierFrom = (source) => (source instanceof StrictStorage ? new StrictCopier(source, this) : undefined);
  }

  async identity(): Promise<string> {
    return this.#call('identity', '', () => this.disk.identity);
  }

  async *list(options: ListOptions): AsyncGenerator<ListBatch> {
    await this.#call('list', options.only?.join(', ') ?? '', () => undefined);
    const stale = this.#faults.fires('stale-listing')
      ? this.#view.staleEntries(this.disk, this.#faults.random)
      : new Map<string, Entry | null>();
    const listing = { disk: this.disk, scans: this.#scans, withHashes: this.#withHashes, unreadable: this.#unreadableFolder(), stale };
    const shown = listDisk(options, listing);
    this.#view.see(shown.entries, options.only);
    for (const batch of batchesOf(shown, this.#scans)) {
      await this.#process.step('list batch');
      stopOn(options.signal);
      yield batch;
    }
  }

  async stat(path: string): Promise<Entry | undefined> {
    this.#assertSafe(path);
    return this.#call('stat', path, () => this.disk.entry(path));
  }

  async *download(entry: Entry, { signal }: TransferOptions = {}): AsyncGenerator<Uint8Array> {
    this.#assertSafe(entry.path);
    await this.#call('download', entry.path, () => undefined);
    if (this.#faults.fires('vanished')) this.#outsider.remove(entry.path);
    const { bytes } = this.#mustBeFile(entry);
    const edited = this.#faults.fires('edited-while-read');
    let first = true;
    for await (const piece of streamOf(bytes, this.#pieceBytes)) {
      stopOn(signal);
      yield piece;
      if (first && edited) this.#outsider.edit(entry.path);
      first = false;
      await this.#process.step(`download ${entry.path} …`);
    }
    this.#mustBeFile(entry);
  }

  async upload(entry: Entry, content: AsyncIterable<Uint8Array> | undefined, options: UploadOptions): Promise<Entry> {
    this.#assertWritable(entry.path);
    if ((entry.kind === 'file') !== (content !== undefined))
      this.#misuse(`upload of a ${entry.kind} ${content === undefined ? 'without' : 'with'} content`);
    return this.#call(`upload ${entry.kind}`, entry.path, async () => {
      if (this.#faults.fires('no-space')) throw noSpace(entry.path);
      this.#expect(entry.path, options.expected);
      const draft = await this.#draft(entry, content, options.signal);
      if (options.expected !== undefined && this.#faults.fires('vanished')) this.#outsider.remove(entry.path);
      // From here to the end nothing is awaited: looking again and publishing are one moment.
      this.#expect(entry.path, options.expected);
      if (entry.kind !== 'folder') this.#assertEmpty(entry.path);
      const node = this.disk.put(entry.path, draft, 'engine');
      const written = this.#seen(entry.path);
      return node.kind === 'file' ? { ...written, hash: sha256(node.bytes) } : written;
    });
  }

  async delete(entry: Entry, { signal }: TransferOptions = {}): Promise<void> {
    this.#assertSafe(entry.path);
    return this.#call('delete', entry.path, () => {
      stopOn(signal);
      const found = this.disk.find(entry.path);
      if (found === undefined) return;
      this.#expect(entry.path, entry);
      this.#assertEmpty(entry.path);
      this.disk.remove(entry.path, 'engine');
      this.#view.forget(entry.path);
    });
  }

  async #rename(from: Entry, toPath: string, { expected, signal }: UploadOptions): Promise<Entry> {
    this.#assertSafe(from.path);
    this.#assertWritable(toPath);
    return this.#call('rename', `${from.path} → ${toPath}`, () => {
      stopOn(signal);
      const found = this.disk.find(from.path);
      if (found === undefined) throw notFound(from.path);
      this.#expect(from.path, from);
      const target = this.disk.find(toPath);
      const { names } = this.abilities;
      if (target?.path !== found.path) {
        if (isWithin(nameKey(names, found.path), nameKey(names, toPath)))
          throw new SyncError('storage/io', `${JSON.stringify(from.path)} cannot move into itself`, { path: from.path });
        this.#expect(toPath, expected);
        this.#assertEmpty(toPath);
      }
      this.disk.move(from.path, toPath, 'engine');
      this.#view.move(from.path, toPath);
      return this.#seen(toPath);
    });
  }

  async #update(entry: Entry, attributes: Attributes): Promise<Entry> {
    this.#assertSafe(entry.path);
    return this.#call('update', entry.path, () => {
      if (this.disk.find(entry.path) === undefined) throw notFound(entry.path);
      this.#expect(entry.path, entry);
      this.disk.setAttributes(entry.path, { ...attributes, mode: this.abilities.modes ? attributes.mode : undefined }, 'engine');
      return this.#seen(entry.path);
    });
  }

  async #hash(entries: readonly Entry[], { signal }: TransferOptions = {}): Promise<HashResult[]> {
    for (const { path } of entries) this.#assertSafe(path);
    return this.#call('hash', entries.map(({ path }) => path).join(', '), () => {
      stopOn(signal);
      return entries.map((entry) => {
        if (this.#faults.fires('vanished')) this.#outsider.remove(entry.path);
        try {
          return { hash: sha256(this.#mustBeFile(entry).bytes) };
        } catch (error) {
          return { error: error as Error };
        }
      });
    });
  }

  async flush(): Promise<void> {
    return this.#call('flush', '', () => this.disk.flush());
  }

  /** One call as the caller sees it: it can be late, fail before or after it was done, or be the caller's last. */
  async #call<T>(name: string, about: string, work: () => T | Promise<T>): Promise<T> {
    const label = about === '' ? name : `${name} ${JSON.stringify(about)}`;
    await this.#process.step(label);
    if (this.#faults.fires('slow')) await this.#process.pause(this.#faults.random.next() * SLOW_MS_MAX);
    try {
      if (this.#faults.fires('error-before')) throw unreachable(about, 'nothing was done');
      const result = await work();
      await this.#process.step(`${label} done`);
      if (this.#faults.fires('error-after')) throw unreachable(about, 'no answer came');
      this.#log(`${this.url} ${label}: ok`);
      return result;
    } catch (error) {
      this.#log(`${this.url} ${label}: ${SyncError.is(error) ? error.code : String(error)}`);
      throw error;
    }
  }

  async #draft(entry: Entry, content: AsyncIterable<Uint8Array> | undefined, signal: AbortSignal | undefined): Promise<Draft> {
    const mode = this.abilities.modes ? entry.mode : undefined;
    if (entry.kind === 'folder') return { kind: 'folder', mtimeMs: entry.mtimeMs, mode };
    if (entry.kind === 'symlink') return this.#linkDraft(entry);
    const pieces: Uint8Array[] = [];
    for await (const piece of content ?? []) {
      stopOn(signal);
      // A caller may use its buffer again.
      pieces.push(piece.slice());
      await this.#process.step(`upload ${entry.path} …`);
    }
    stopOn(signal);
    const whole = join(pieces);
    const bytes =
      whole.length > 0 && this.#faults.fires('short-write') ? whole.subarray(0, this.#faults.random.below(whole.length)) : whole;
    if (bytes.length !== entry.size) throw damaged(entry.path, `${bytes.length} of ${entry.size} bytes came`);
    if (entry.hash !== undefined && !entry.hash.includes(':') && entry.hash !== sha256(bytes))
      throw damaged(entry.path, 'the bytes have another hash');
    return { kind: 'file', bytes, mtimeMs: entry.mtimeMs, mode };
  }

  #linkDraft(entry: Entry): Draft {
    if (!this.abilities.symlinks)
      throw new SyncError('storage/unsupported', `${JSON.stringify(entry.path)} is a symlink, which cannot be kept here`, {
        path: entry.path,
      });
    if (entry.target === undefined) this.#misuse(`upload of a symlink without its target: ${JSON.stringify(entry.path)}`);
    return { kind: 'symlink', target: entry.target ?? '', mtimeMs: entry.mtimeMs };
  }

  /** Rule 2: what is there must be what the caller saw. */
  #expect(path: string, expected: Entry | undefined): void {
    const now = this.disk.entry(path);
    if (expected === undefined || now === undefined) {
      if (expected !== now) throw changed(path);
    } else if (!isUntouched(expected, now) || (expected.target !== undefined && expected.target !== now.target)) throw changed(path);
  }

  #mustBeFile(entry: Entry): FileNode {
    const node: Node | undefined = this.disk.find(entry.path)?.node;
    if (node === undefined) throw notFound(entry.path);
    this.#expect(entry.path, entry);
    if (node.kind !== 'file') throw changed(entry.path);
    return node;
  }

  #seen(path: string): Entry {
    const entry = this.disk.entry(path);
    if (entry === undefined) throw changed(path);
    this.#view.note(entry);
    return entry;
  }

  #assertEmpty(path: string): void {
    const node = this.disk.find(path)?.node;
    if (node?.kind === 'folder' && node.children.size > 0)
      throw new SyncError('storage/not-empty', `the folder ${JSON.stringify(path)} is not empty`, { path });
  }

  #assertWritable(path: string): void {
    this.#assertSafe(path);
    const why = whyNotAllowed(this.abilities.names, nameOf(path));
    if (why !== undefined) throw new SyncError('path/name-not-allowed', `${JSON.stringify(path)} cannot exist here: ${why}`, { path });
  }

  #assertSafe(path: string): void {
    try {
      assertSafePath(path);
    } catch (error) {
      this.misuses.push(`asked for an unsafe path ${JSON.stringify(path)}`);
      throw error;
    }
  }

  #misuse(what: string): never {
    this.misuses.push(what);
    throw new TypeError(what);
  }

  #unreadableFolder(): string | undefined {
    if (!this.#faults.fires('unreadable')) return undefined;
    const folders = [...this.disk.all()].filter(({ node }) => node.kind === 'folder').map(({ path }) => path);
    return folders.length === 0 ? undefined : this.#faults.random.pick(folders);
  }
}

/** Many files in one call, each by the same rules as a download and an upload. */
class StrictCopier implements Copier {
  readonly #from: StrictStorage;
  readonly #to: StrictStorage;

  constructor(from: StrictStorage, to: StrictStorage) {
    this.#from = from;
    this.#to = to;
  }

  async copy(
    jobs: readonly CopyJob[],
    options: TransferOptions & { onBytes?: ((bytes: number) => void) | undefined },
  ): Promise<CopyResult[]> {
    const results: CopyResult[] = [];
    for (const { from, to, expected } of jobs) {
      try {
        const written = await this.#to.upload(to, this.#from.download(from, options), { ...options, expected });
        options.onBytes?.(written.size);
        results.push({ from: { ...from, hash: written.hash }, to: written });
      } catch (error) {
        results.push({ error: error as Error });
      }
    }
    return results;
  }
}

/** Somebody nobody knows: edits leave a mark that belongs to no test. */
class Stranger implements Outsider {
  readonly #disk: Disk;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  remove(path: string): void {
    this.#disk.remove(path, 'user');
  }

  edit(path: string): void {
    this.#disk.put(path, { kind: 'file', bytes: new TextEncoder().encode(`edited while it was read: ${path}`) }, 'user');
  }
}

function stopOn(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new SyncError('sync/cancelled', 'cancelled');
}

function changed(path: string): SyncError {
  return new SyncError('storage/changed', `${JSON.stringify(path)} is not what it was`, { path });
}

function notFound(path: string): SyncError {
  return new SyncError('storage/not-found', `${JSON.stringify(path)} is not there`, { path });
}

function noSpace(path: string): SyncError {
  return new SyncError('storage/no-space', `there is no space for ${JSON.stringify(path)}`, { path });
}

function damaged(path: string, what: string): SyncError {
  return new SyncError('storage/corrupt-transfer', `${JSON.stringify(path)} was not written: ${what}`, { path, retryable: true });
}

function unreachable(path: string, what: string): SyncError {
  return new SyncError('storage/unreachable', `no connection at ${JSON.stringify(path)}: ${what}`, { path, retryable: true });
}
