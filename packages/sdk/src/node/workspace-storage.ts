import { createHash } from 'node:crypto';
import {
  type Abilities,
  type Attributes,
  assertSafePath,
  type Copier,
  type CopyOptions,
  type Entry,
  type FetchJob,
  type HashResult,
  isWithin,
  type ListBatch,
  type ListOptions,
  parentOf,
  type Storage,
  SyncError,
  type TransferOptions,
  toMicroseconds,
  type UploadOptions,
  type WatchChange,
  type Watcher,
} from '@cloudsync/engine';
import type { WireChange } from '@cloudsync/protocol';
import { CommitQueue, type Committed } from '../live/commit-queue.ts';
import type { ConnectionState } from '../live/connection.ts';
import type { LiveWorkspace, RowsArrived } from '../live/live-workspace.ts';
import { readChunks } from '../live/read-chunks.ts';
import type { Traffic } from '../live/session.ts';
import { SmallContents } from '../live/small-contents.ts';
import { unreachable } from '../live/wire-error.ts';
import type { MirrorNode } from '../mirror/mirror.ts';
import { assertGoingOn } from './cancelled.ts';
import { type ContentNames, contentNames } from './content-names.ts';
import { fetchFiles } from './fetch-files.ts';
import { FileCutter } from './file-cutter.ts';
import { listMirror } from './list-mirror.ts';
import { changed, entryOfNode, gone, isAsExpected } from './mirror-entry.ts';
import type { MirrorKeeper } from './mirror-keeper.ts';
import { type SentContent, sendContent } from './send-content.ts';
import { fileSender } from './send-files.ts';
import { WorkspaceChunks } from './workspace-chunks.ts';
import { WorkspaceCopier } from './workspace-copier.ts';
import { assertWritable, WORKSPACE_NAMES } from './workspace-names.ts';

export interface WorkspaceStorageOptions {
  readonly live: LiveWorkspace;
  readonly environment: ConstructorParameters<typeof CommitQueue>[0]['environment'];
  /** What people call it. */
  readonly url: string;
  /** `watch` tells of changes made through this storage too. An engine knows what it did itself. Default false. */
  readonly tellsOwnChanges?: boolean | undefined;
  /** False: files are sent and fetched whole. Default true. */
  readonly deltaSync?: boolean | undefined;
  /** Keeps what must not be forgotten between two runs. */
  readonly keeper?: Pick<MirrorKeeper, 'save' | 'vouch'> | undefined;
}

const SYMLINK_TARGET_MAX = 4096;
const IGNORE_TEXTS_MAX = 200;

/**
 * A workspace of a server as a storage. It is listed from the mirror, without asking anybody; what changes it goes through the commit queue,
 * each change with what it expects to be there. The server keeps what is replaced or deleted as versions: that is its trash.
 */
export class WorkspaceStorage implements Storage {
  readonly url: string;
  readonly abilities: Abilities = {
    scans: true,
    mtimeStepMs: 0.001,
    modes: true,
    symlinks: true,
    folders: true,
    names: WORKSPACE_NAMES,
  };
  readonly chunks: WorkspaceChunks | undefined;
  readonly #options: WorkspaceStorageOptions;
  readonly #hasDelta: boolean;
  readonly #live: LiveWorkspace;
  readonly #commits: CommitQueue;
  readonly #small = new SmallContents();
  readonly #ignoreTexts = new Map<string, string>();
  readonly #watchers = new Set<(change: WatchChange) => void>();
  #names: { readonly of: unknown; readonly names: ContentNames } | undefined;
  #wasAway = false;
  /** The identity that was told last. */
  #told: string | undefined;
  #cutter: { readonly names: ContentNames; readonly cutter: FileCutter } | undefined;

  constructor(options: WorkspaceStorageOptions) {
    const { live, environment, url } = options;
    this.url = url;
    this.#options = options;
    this.#live = live;
    this.#commits = new CommitQueue({
      environment,
      send: (commit) => live.request('commit', commit),
      reconnected: () => live.reconnected(),
      identity: () => live.identity,
    });
    this.#hasDelta = options.deltaSync ?? true;
    const chunks = new WorkspaceChunks({
      live,
      names: () => this.names,
      find: (entry) => this.#mustFindFile(entry),
      look: (path, expected) => void this.#lookAgain(path, expected),
      place: (entry, content, how) => this.place(entry, content, how),
    });
    this.chunks = this.#hasDelta ? chunks : undefined;
    live.listen({ onRows: (arrived) => this.#onRows(arrived) });
    live.onState(({ status }) => this.#onState(status));
  }

  /** Whether there is a connection, and if not, why. */
  get state(): ConnectionState {
    return this.#live.state;
  }

  /** Bytes of messages so far, without what TCP and TLS add. */
  get traffic(): Readonly<Traffic> {
    return this.#live.traffic;
  }

  onState(listener: (state: ConnectionState) => void): () => void {
    return this.#live.onState(listener);
  }

  /** Resolves when a listing tells all that is at the server by now. @throws SyncError `storage/unreachable` */
  async refresh(): Promise<void> {
    await this.#live.ready();
    await this.#live.refresh();
  }

  /** Of the workspace, its history, and what of it this member sees: when one of them is another, what is missing was not deleted. */
  async identity(): Promise<string> {
    if (this.#live.identity === undefined) await this.#live.ready();
    const { identity } = this.#live;
    if (identity === undefined) throw unreachable('not connected yet');
    this.#told = identity;
    return identity;
  }

  /** What a last state says from now on relies on having seen what there is now. */
  async flush(): Promise<void> {
    this.#assertSame();
    await this.#options.keeper?.vouch();
  }

  async *list(options: ListOptions): AsyncGenerator<ListBatch> {
    assertGoingOn(options.signal);
    this.#assertConnected();
    await this.#live.ready();
    this.#assertSame();
    yield* listMirror({ ...options, mirror: this.#live.mirror, readText: (_path, node) => this.#readText(node) });
  }

  async stat(path: string): Promise<Entry | undefined> {
    assertSafePath(path);
    this.#assertConnected();
    await this.#live.ready();
    this.#assertSame();
    const node = this.#live.mirror.find(path);
    return node && entryOfNode(path, node);
  }

  async *download(entry: Entry, { signal }: TransferOptions = {}): AsyncGenerator<Uint8Array> {
    assertGoingOn(signal);
    this.#assertConnected();
    const node = { ...this.#mustFindFile(entry) };
    const whole = createHash('sha256');
    for await (const piece of this.#read(node, signal)) {
      whole.update(piece);
      yield piece;
    }
    if (whole.digest('hex') !== node.hash) {
      const message = `${JSON.stringify(entry.path)} arrived damaged from the server; try again`;
      throw new SyncError('storage/corrupt-transfer', message, { path: entry.path, retryable: true });
    }
  }

  async upload(entry: Entry, content: AsyncIterable<Uint8Array> | undefined, options: UploadOptions): Promise<Entry> {
    assertWritable(entry.path);
    assertGoingOn(options.signal);
    this.#assertConnected();
    this.#lookAgain(entry.path, options.expected);
    if (entry.kind !== 'file') return this.place(entry, undefined, options);
    if (content === undefined) throw new TypeError(`the file ${JSON.stringify(entry.path)} has no content`);
    const sent = await sendContent(entry, content, { live: this.#live, names: this.names, signal: options.signal });
    return this.place(entry, sent, options);
  }

  /** Makes an entry whose content, if it has one, is at the server or goes along. */
  async place(entry: Entry, sent: SentContent | undefined, { expected, signal }: UploadOptions): Promise<Entry> {
    const { path, kind } = entry;
    assertGoingOn(signal);
    const base = this.#lookAgain(path, expected);
    if (expected?.kind === 'folder' && kind !== 'folder') this.#assertEmpty(path);
    if (kind === 'symlink' && (entry.target ?? '').length > SYMLINK_TARGET_MAX)
      throw new SyncError('storage/too-long', `the symlink ${JSON.stringify(path)} points to a path that is too long; shorten it`, {
        path,
      });
    const { mode } = entry;
    const put = {
      kind,
      size: sent?.size ?? 0,
      mtimeMs: toMicroseconds(entry.mtimeMs),
      ...(mode === undefined ? {} : { mode: mode & 0o7777 }),
      ...(sent === undefined ? {} : { hash: Buffer.from(sent.hash, 'hex') }),
      ...(sent?.content === undefined ? {} : { content: sent.content }),
      ...(kind === 'symlink' && entry.target !== undefined ? { target: entry.target } : {}),
      chunks: sent?.chunks ?? 0,
    };
    const made = await this.#commits.commit({ change: { path, base, put }, inline: sent?.inline });
    return this.#arrived(path, made, { ...put, hash: sent?.hash });
  }

  async delete(entry: Entry, { signal }: TransferOptions = {}): Promise<void> {
    const { path } = entry;
    assertSafePath(path);
    assertGoingOn(signal);
    this.#assertConnected();
    const node = this.#live.mirror.find(path);
    if (node === undefined) return;
    if (!isAsExpected(entry, node)) throw changed(path);
    if (node.kind === 'folder') this.#assertEmpty(path);
    await this.#commits.commit({ change: { path, base: node.sequence, delete: true } });
  }

  async rename(from: Entry, toPath: string, { expected, signal }: UploadOptions): Promise<Entry> {
    assertSafePath(from.path);
    assertWritable(toPath);
    assertGoingOn(signal);
    this.#assertConnected();
    if (from.path !== toPath && isWithin(from.path, toPath)) throw intoItself(from.path, toPath);
    const node = this.#live.mirror.find(from.path);
    if (node === undefined) throw gone(from.path);
    if (!isAsExpected(from, node)) throw changed(from.path);
    if (from.path === toPath) return entryOfNode(toPath, node);
    const base = this.#lookAgain(toPath, expected);
    if (expected?.kind === 'folder') this.#assertEmpty(toPath);
    const facts = { ...node };
    const made = await this.#commits.commit({ change: { path: toPath, base, from: from.path, fromBase: node.sequence } });
    return this.#arrived(toPath, made, facts);
  }

  async update(entry: Entry, attributes: Attributes): Promise<Entry> {
    const { path } = entry;
    assertWritable(path);
    this.#assertConnected();
    const node = this.#live.mirror.find(path);
    if (node === undefined) throw gone(path);
    if (!isAsExpected(entry, node)) throw changed(path);
    const mtimeMs = toMicroseconds(attributes.mtimeMs ?? node.mtimeMs);
    const mode = attributes.mode === undefined ? node.mode : attributes.mode & 0o7777;
    const facts = { ...node, mtimeMs, mode };
    if (mtimeMs === node.mtimeMs && mode === node.mode) return entryOfNode(path, node);
    const change: WireChange = { path, base: node.sequence, attributes: mode === undefined ? { mtimeMs } : { mtimeMs, mode } };
    return this.#arrived(path, await this.#commits.commit({ change }), facts);
  }

  async hash(entries: readonly Entry[], { signal }: TransferOptions = {}): Promise<HashResult[]> {
    assertGoingOn(signal);
    for (const { path } of entries) assertSafePath(path);
    this.#assertConnected();
    return entries.map((entry) => {
      const node = this.#live.mirror.find(entry.path);
      return node?.hash !== undefined && isAsExpected(entry, node) ? { hash: node.hash } : { error: changed(entry.path) };
    });
  }

  async fetchFiles(jobs: readonly FetchJob[], options: CopyOptions): Promise<HashResult[]> {
    assertGoingOn(options.signal);
    this.#assertConnected();
    return fetchFiles(jobs, {
      ...options,
      find: (entry) => this.#mustFindFile(entry),
      small: this.#small,
      live: this.#live,
      cutter: () => this.#fileCutter(),
      hasDelta: this.#hasDelta,
    });
  }

  copierFrom(source: Storage): Copier | undefined {
    const { localFile } = source;
    if (localFile === undefined) return undefined;
    return new WorkspaceCopier({
      names: () => this.names,
      sendFiles: fileSender({ live: this.#live, sendsAll: !this.#hasDelta, cutter: () => this.#fileCutter() }),
      localFile: (entry) => localFile.call(source, entry),
      look: (path, expected) => void this.#lookAgain(path, expected),
      place: (entry, content, how) => this.place(entry, content, how),
    });
  }

  async watch(onChange: (change: WatchChange) => void): Promise<Watcher> {
    const listener = (change: WatchChange): void => onChange(change);
    this.#watchers.add(listener);
    return {
      close: async () => {
        this.#watchers.delete(listener);
      },
    };
  }

  async close(): Promise<void> {
    await this.#live.close();
    await this.#cutter?.cutter.close();
    await this.#options.keeper?.save();
  }

  /** How this workspace cuts and names content. */
  get names(): ContentNames {
    const { opened } = this.#live;
    if (this.#names?.of !== opened) this.#names = { of: opened, names: contentNames(opened.scheme) };
    return this.#names.names;
  }

  #onRows({ rows, paths, own, inline }: RowsArrived): void {
    if (own === undefined) {
      for (const { hash, content, deleted } of rows) {
        const bytes = content === undefined || deleted ? undefined : inline.get(content);
        if (bytes !== undefined && hash !== undefined) this.#small.add(hash, bytes);
      }
    }
    if (paths.length > 0 && (own === undefined || this.#options.tellsOwnChanges === true)) this.#tell({ paths });
  }

  /** Told only when it can be asked again: whoever is told asks at once. */
  #onState(status: ConnectionState['status']): void {
    if (status === 'connected' && this.#wasAway) this.#tell({ paths: undefined });
    this.#wasAway = status !== 'connected';
  }

  #tell(change: WatchChange): void {
    for (const watcher of this.#watchers) watcher(change);
  }

  #assertConnected(): void {
    const { status, error } = this.#live.state;
    if (status !== 'connected') {
      // Whoever is told no today may be told yes at his next attempt: a member who was added again, a key that got its scope.
      this.#live.tryNow();
      throw error ?? unreachable('not connected yet');
    }
    this.#assertSame();
  }

  /** Whoever asked for the identity must not be shown another history under it: what is not in that one would pass for deleted. */
  #assertSame(): void {
    if (this.#told === undefined || this.#told === this.#live.identity) return;
    throw unreachable('the workspace was put back, or other parts of it are seen now; sync again');
  }

  /** What is there is what the caller saw, in a folder. @returns its place in the journal; 0: nothing is there */
  #lookAgain(path: string, expected: Entry | undefined): number {
    const { mirror } = this.#live;
    const holder = mirror.find(parentOf(path));
    if (holder?.kind === 'symlink')
      throw new SyncError('path/unsafe', `${JSON.stringify(path)} is behind a symlink; nothing is written through a symlink`, { path });
    if (holder?.kind !== 'folder') throw new SyncError('storage/not-found', `there is no folder to hold ${JSON.stringify(path)}`, { path });
    const node = mirror.find(path);
    if (!isAsExpected(expected, node)) throw changed(path);
    return node?.sequence ?? 0;
  }

  #assertEmpty(folder: string): void {
    if ((this.#live.mirror.find(folder)?.children?.size ?? 0) > 0)
      throw new SyncError('storage/not-empty', `the folder ${JSON.stringify(folder)} is not empty; it stays`, { path: folder });
  }

  #mustFindFile(entry: Entry): MirrorNode {
    assertSafePath(entry.path);
    const node = this.#live.mirror.find(entry.path);
    if (node === undefined) throw gone(entry.path);
    if (node.kind !== 'file' || !isAsExpected(entry, node)) throw changed(entry.path);
    return node;
  }

  /** What a commit made. The mirror holds it already, but somebody else may have been there since. */
  async #arrived(path: string, { sequence, id }: Committed, facts: Omit<Entry, 'path' | 'id' | 'version'>): Promise<Entry> {
    await this.#live.holds(sequence);
    const { kind, size, mtimeMs, mode, hash, target } = facts;
    return { path, kind, size, mtimeMs, mode, id: String(id), version: String(sequence), hash, target };
  }

  async *#read({ sequence, size, chunks, hash }: MirrorNode, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
    if (chunks === 0) return;
    const small = hash === undefined ? undefined : this.#small.get(hash);
    if (small !== undefined) {
      yield small;
      return;
    }
    const run = { sequence, first: 0, count: chunks, bytes: size };
    yield* readChunks([run], { getChunks: (params) => this.#live.request('getChunks', params), signal });
  }

  /** Made when the first large file comes: it has memory of its own. */
  #fileCutter(): FileCutter {
    if (this.#cutter?.names !== this.names) this.#cutter = { names: this.names, cutter: new FileCutter(this.names) };
    return this.#cutter.cutter;
  }

  async #readText(node: MirrorNode): Promise<string> {
    const known = node.hash === undefined ? undefined : this.#ignoreTexts.get(node.hash);
    if (known !== undefined) return known;
    const decoder = new TextDecoder();
    let text = '';
    for await (const piece of this.#read(node, undefined)) text += decoder.decode(piece, { stream: true });
    text += decoder.decode();
    if (this.#ignoreTexts.size >= IGNORE_TEXTS_MAX) this.#ignoreTexts.clear();
    if (node.hash !== undefined) this.#ignoreTexts.set(node.hash, text);
    return text;
  }
}

function intoItself(from: string, to: string): SyncError {
  const message = `${JSON.stringify(from)} cannot be moved into itself, to ${JSON.stringify(to)}; it is not moved`;
  return new SyncError('path/unsafe', message, { path: to });
}
