import type {
  Abilities,
  Attributes,
  Entry,
  ListBatch,
  ListOptions,
  NameRules,
  Storage,
  TransferOptions,
  UploadOptions,
  WatchChange,
  Watcher,
} from '@cloudsync/engine';
import { SyncError } from '@cloudsync/engine/model/error';
import { ANY_NAMES, nameKey, whyNotAllowed } from '@cloudsync/engine/model/names';
import { assertSafePath, isWithin, parentOf } from '@cloudsync/engine/model/path';
import { assertGoingOn } from '../cancelled.ts';
import { isAsExpected } from '../expected.ts';
import { assertNotIntoItself } from '../moved-into-itself.ts';

export interface MemoryStorageOptions {
  /** Shown in the URL, `memory:<name>`. */
  readonly name?: string | undefined;
  /** What names it can hold. Default: any. */
  readonly names?: NameRules | undefined;
  /** Smallest step of an mtime in ms. Default 0.001. */
  readonly mtimeStepMs?: number | undefined;
  /** SHA-256 in lower-case hex. Default: Web Crypto, so that it runs in a browser. */
  readonly sha256?: ((content: Uint8Array) => string | Promise<string>) | undefined;
}

interface Node {
  entry: Entry;
  content: Uint8Array;
}

const BATCH_ENTRIES = 1000;

/**
 * A complete storage in memory, and the example to read before writing one's own: every rule of the interface in its
 * plainest form. It keeps no trash, and nothing at all when the process ends.
 */
export class MemoryStorage implements Storage {
  readonly url: string;
  readonly abilities: Abilities;
  readonly #identity = crypto.randomUUID();
  readonly #sha256: (content: Uint8Array) => string | Promise<string>;
  /** By the key under which the name rules find a path. */
  readonly #nodes = new Map<string, Node>();
  readonly #listeners = new Set<(change: WatchChange) => void>();
  #changes = 0;

  constructor(options: MemoryStorageOptions = {}) {
    this.url = `memory:${options.name ?? ''}`;
    this.#sha256 = options.sha256 ?? sha256;
    const names = options.names ?? ANY_NAMES;
    this.abilities = { scans: false, mtimeStepMs: options.mtimeStepMs ?? 0.001, modes: true, symlinks: true, folders: true, names };
  }

  async identity(): Promise<string> {
    return this.#identity;
  }

  async *list({ only, symlinks, signal }: ListOptions): AsyncGenerator<ListBatch> {
    const wanted = [...this.#nodes.values()]
      .map(({ entry }) => entry)
      .filter(({ path }) => only === undefined || only.some((folder) => isWithin(folder, path)));
    const entries = wanted.filter(({ kind }) => kind !== 'symlink' || symlinks !== 'skip');
    const notes = wanted
      .filter((entry) => !entries.includes(entry))
      .map(({ path }) => ({ type: 'skipped', path, message: `${JSON.stringify(path)} is a symlink; it is not synced` }) as const);
    if (notes.length > 0) yield { files: 0, notes };
    for (let at = 0; at < entries.length; at += BATCH_ENTRIES) {
      assertGoingOn(signal);
      const batch = entries.slice(at, at + BATCH_ENTRIES);
      yield { entries: batch, files: batch.filter(({ kind }) => kind === 'file').length };
    }
  }

  async stat(path: string): Promise<Entry | undefined> {
    assertSafePath(path);
    return this.#find(path)?.entry;
  }

  async *download(entry: Entry, { signal }: TransferOptions = {}): AsyncGenerator<Uint8Array> {
    assertSafePath(entry.path);
    const node = this.#find(entry.path);
    if (node === undefined)
      throw new SyncError('storage/not-found', `${JSON.stringify(entry.path)} is gone; it is looked at again in the next run`, {
        path: entry.path,
      });
    if (!isAsExpected(entry, node.entry)) throw changed(entry.path);
    assertGoingOn(signal);
    yield node.content.slice();
  }

  async upload(entry: Entry, content: AsyncIterable<Uint8Array> | undefined, { expected, signal }: UploadOptions): Promise<Entry> {
    this.#assertWritable(entry.path);
    const bytes = entry.kind === 'file' && content !== undefined ? await collect(content, signal) : new Uint8Array();
    const hash = entry.kind === 'file' ? await this.#sha256(bytes) : undefined;
    if (entry.kind === 'file') assertArrived(entry, bytes, hash);
    // Nothing is awaited between this look and the change, so nobody can come in between.
    this.#lookAgain(entry.path, expected);
    if (expected?.kind === 'folder' && entry.kind !== 'folder') this.#assertEmpty(entry.path);
    const id = expected?.kind === entry.kind ? expected.id : undefined;
    return this.#put({ ...entry, size: bytes.length, hash, id }, bytes);
  }

  async delete(entry: Entry): Promise<void> {
    assertSafePath(entry.path);
    if (this.#find(entry.path) === undefined) return;
    this.#lookAgain(entry.path, entry);
    if (entry.kind === 'folder') this.#assertEmpty(entry.path);
    this.#nodes.delete(this.#key(entry.path));
    this.#tell([entry.path]);
  }

  async rename(from: Entry, toPath: string, { expected }: UploadOptions): Promise<Entry> {
    this.#assertWritable(toPath);
    assertNotIntoItself(from.path, toPath);
    this.#lookAgain(from.path, from);
    const isSpelling = this.#key(from.path) === this.#key(toPath);
    if (!isSpelling) this.#lookAgain(toPath, expected);
    if (!isSpelling && expected?.kind === 'folder') this.#assertEmpty(toPath);
    const moved = [...this.#nodes.values()].filter(({ entry }) => isWithin(from.path, entry.path));
    for (const { entry } of moved) this.#nodes.delete(this.#key(entry.path));
    for (const { entry, content } of moved) this.#put({ ...entry, path: toPath + entry.path.slice(from.path.length) }, content);
    this.#tell([from.path]);
    return this.#mustFind(toPath).entry;
  }

  async update(entry: Entry, { mtimeMs, mode }: Attributes): Promise<Entry> {
    this.#assertWritable(entry.path);
    this.#lookAgain(entry.path, entry);
    const { entry: now, content } = this.#mustFind(entry.path);
    return this.#put({ ...now, mtimeMs: mtimeMs ?? now.mtimeMs, mode: mode ?? now.mode }, content);
  }

  async watch(onChange: (change: WatchChange) => void): Promise<Watcher> {
    const listener = (change: WatchChange): void => onChange(change);
    this.#listeners.add(listener);
    return {
      close: async () => {
        this.#listeners.delete(listener);
      },
    };
  }

  #key(path: string): string {
    return nameKey(this.abilities.names, path);
  }

  #find(path: string): Node | undefined {
    return this.#nodes.get(this.#key(path));
  }

  #mustFind(path: string): Node {
    const node = this.#find(path);
    if (node === undefined) throw changed(path);
    return node;
  }

  #put(entry: Entry, content: Uint8Array): Entry {
    const step = this.abilities.mtimeStepMs ?? 1;
    const change = `${++this.#changes}`;
    // A step of a whole number of microseconds divides without rounding dust.
    const mtimeMs = (Math.floor(Math.round(entry.mtimeMs * 1000) / Math.round(step * 1000)) * Math.round(step * 1000)) / 1000;
    const kept: Entry = { ...entry, mtimeMs, id: entry.id ?? change, version: change };
    this.#nodes.set(this.#key(entry.path), { entry: kept, content });
    this.#tell([entry.path]);
    return kept;
  }

  #tell(paths: readonly string[]): void {
    for (const listener of this.#listeners) listener({ paths });
  }

  /** The rule that keeps foreign work safe: what is there must be what the caller saw, and reached through real folders. */
  #lookAgain(path: string, expected: Entry | undefined): void {
    const parent = parentOf(path);
    const holder = parent === '' ? undefined : this.#find(parent)?.entry.kind;
    if (holder === 'symlink')
      throw new SyncError('path/unsafe', `${JSON.stringify(path)} is behind a symlink; nothing is written through a symlink`, { path });
    if (parent !== '' && holder !== 'folder')
      throw new SyncError('storage/not-found', `there is no folder to hold ${JSON.stringify(path)}`, { path });
    if (!isAsExpected(expected, this.#find(path)?.entry)) throw changed(path);
  }

  #assertEmpty(folder: string): void {
    for (const { entry } of this.#nodes.values()) {
      if (parentOf(entry.path) === folder)
        throw new SyncError('storage/not-empty', `the folder ${JSON.stringify(folder)} is not empty; it stays`, { path: folder });
    }
  }

  #assertWritable(path: string): void {
    assertSafePath(path);
    for (const name of path.split('/')) {
      const why = whyNotAllowed(this.abilities.names, name);
      if (why !== undefined)
        throw new SyncError('path/name-not-allowed', `${JSON.stringify(path)} cannot exist here: ${why}; rename it`, { path });
    }
  }
}

function changed(path: string): SyncError {
  return new SyncError('storage/changed', `${JSON.stringify(path)} changed while the sync ran; it is looked at again in the next run`, {
    path,
  });
}

async function collect(content: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) {
    assertGoingOn(signal);
    chunks.push(chunk.slice());
  }
  const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function assertArrived(entry: Entry, bytes: Uint8Array, hash: string | undefined): void {
  const isWhole = bytes.length === entry.size;
  const isSame = entry.hash === undefined || entry.hash.includes(':') || entry.hash === hash;
  if (isWhole && isSame) return;
  const arrived = isWhole ? 'its content has another hash' : `${bytes.length} of ${entry.size} bytes`;
  throw new SyncError(
    'storage/corrupt-transfer',
    `${JSON.stringify(entry.path)} arrived damaged: ${arrived}; nothing was replaced, try again`,
    {
      path: entry.path,
      retryable: true,
    },
  );
}

async function sha256(content: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', content as Uint8Array<ArrayBuffer>));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
