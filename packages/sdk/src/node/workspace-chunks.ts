import { createHash } from 'node:crypto';
import {
  type ChunkAccess,
  type ChunkRef,
  type ChunkScheme,
  type Entry,
  SyncError,
  type TransferOptions,
  type UploadOptions,
} from '@cloudsync/engine';
import { LIMITS, REF_BYTES } from '@cloudsync/protocol';
import type { LiveWorkspace } from '../live/live-workspace.ts';
import { type ChunkRun, readChunks } from '../live/read-chunks.ts';
import type { MirrorNode } from '../mirror/mirror.ts';
import { assertGoingOn } from './cancelled.ts';
import { type ContentNames, contentOfRefs, cutContent, encodeRefs, nameChunk } from './content-names.ts';
import { assertArrived, ChunkSender, declare, type SentContent } from './send-content.ts';
import { assertWritable } from './workspace-names.ts';

export interface WorkspaceChunksOptions {
  readonly live: LiveWorkspace;
  readonly names: () => ContentNames;
  /** The row of a file as the caller saw it. */
  readonly find: (entry: Entry) => MirrorNode;
  /** @throws SyncError when something else is at the target than the caller saw */
  readonly look: (path: string, expected: Entry | undefined) => void;
  readonly place: (entry: Entry, content: SentContent, options: UploadOptions) => Promise<Entry>;
}

/** Where a chunk can be read. */
interface Place {
  readonly sequence: number;
  readonly index: number;
  readonly length: number;
}

/** What was found out is forgotten when it is more than so many chunks. */
const REMEMBERED_MAX = 500_000;
const HASHES_MAX = 1_000;

/** A workspace's content by its chunks: what another place has or lacks of them. */
export class WorkspaceChunks implements ChunkAccess {
  readonly #options: WorkspaceChunksOptions;
  /** Of files that were listed. */
  readonly #places = new Map<string, Place>();
  /** SHA-256 of contents that were cut, by the id of the list of their chunks. */
  readonly #hashes = new Map<string, string>();

  constructor(options: WorkspaceChunksOptions) {
    this.#options = options;
  }

  get scheme(): ChunkScheme {
    const { workspace, scheme } = this.#options.live.opened;
    const names = this.#options.names();
    const { minimum, average, maximum } = scheme;
    return { id: `workspace ${workspace} ${minimum} ${average} ${maximum}`, cut: (content) => this.#cut(names, content) };
  }

  async list(entry: Entry, { signal }: TransferOptions = {}): Promise<readonly ChunkRef[]> {
    const { find, live } = this.#options;
    const { sequence, chunks } = find(entry);
    const refs = await readRecipe(live, { sequence, chunks, signal });
    if (this.#places.size + refs.length > REMEMBERED_MAX) this.#places.clear();
    for (const [index, { id, length }] of refs.entries()) this.#places.set(id, { sequence, index, length });
    return refs;
  }

  async has(ids: readonly string[]): Promise<readonly boolean[]> {
    const found = ids.map(() => true);
    const { missing } = await this.#options.live.request('missing', { ids: Buffer.concat(ids.map((id) => Buffer.from(id, 'base64url'))) });
    for (let at = 0; at + 1 < missing.length; at += 2)
      found.fill(false, missing[at], (missing[at] as number) + (missing[at + 1] as number));
    return found;
  }

  async *get(ids: readonly string[], { signal }: TransferOptions = {}): AsyncGenerator<Uint8Array> {
    const { live } = this.#options;
    const runs: ChunkRun[] = [];
    for (const id of ids) {
      const place = this.#places.get(id);
      if (place === undefined) throw new SyncError('content/missing', 'a chunk is not known any more; run again', { retryable: true });
      const { sequence, index, length } = place;
      const last = runs.at(-1);
      if (last?.sequence === sequence && last.first + last.count === index)
        runs[runs.length - 1] = { ...last, count: last.count + 1, bytes: last.bytes + length };
      else runs.push({ sequence, first: index, count: 1, bytes: length });
    }
    yield* readChunks(runs, { getChunks: (params) => live.request('getChunks', params), signal });
  }

  async assemble(entry: Entry, chunks: readonly ChunkRef[], missing: AsyncIterable<Uint8Array>, options: UploadOptions): Promise<Entry> {
    assertWritable(entry.path);
    const { live, names, look, place } = this.#options;
    look(entry.path, options.expected);
    const announced = new Map(chunks.map(({ id, length }) => [id, length]));
    const sender = new ChunkSender({ live, names: names(), signal: options.signal });
    for await (const bytes of missing) {
      assertGoingOn(options.signal);
      const id = nameChunk(names(), bytes);
      if (announced.get(id.toString('base64url')) !== bytes.length) throw notAnnounced(entry.path);
      await sender.add({ id, bytes: bytes.slice() });
    }
    await sender.end();
    const refs = encodeRefs(chunks.map(({ id, length }) => ({ id: Buffer.from(id, 'base64url'), length })));
    await this.#declare(entry.path, refs);
    const { content, chunks: count } = contentOfRefs(refs);
    const hash = entry.hash ?? this.#hashOf(entry.path, content);
    const size = chunks.reduce((sum, { length }) => sum + length, 0);
    assertArrived(entry, { hash, size });
    return place(entry, { hash, size, content, chunks: count, inline: [] }, options);
  }

  async #declare(path: string, refs: Uint8Array): Promise<void> {
    try {
      await declare(this.#options.live, refs);
    } catch (error) {
      if (SyncError.is(error, 'content/missing')) throw notAnnounced(path);
      throw error;
    }
  }

  #hashOf(path: string, content: Uint8Array | undefined): string {
    const hash = content === undefined ? createHash('sha256').digest('hex') : this.#hashes.get(Buffer.from(content).toString('hex'));
    if (hash === undefined)
      throw new SyncError('storage/no-hash', `the hash of ${JSON.stringify(path)} is not known; it is sent whole`, {
        path,
        retryable: true,
      });
    return hash;
  }

  async *#cut(names: ContentNames, content: AsyncIterable<Uint8Array>): AsyncGenerator<ChunkRef> {
    const whole = createHash('sha256');
    const seen = async function* (): AsyncGenerator<Uint8Array> {
      for await (const piece of content) {
        whole.update(piece);
        yield piece;
      }
    };
    const refs: { id: Uint8Array; length: number }[] = [];
    for await (const { id, bytes } of cutContent(names, seen())) {
      refs.push({ id, length: bytes.length });
      yield { id: Buffer.from(id).toString('base64url'), length: bytes.length };
    }
    const list = contentOfRefs(encodeRefs(refs)).content;
    if (this.#hashes.size >= HASHES_MAX) this.#hashes.clear();
    if (list !== undefined) this.#hashes.set(Buffer.from(list).toString('hex'), whole.digest('hex'));
  }
}

/** The list of chunks of a version of a file. @throws SyncError `storage/changed` when the version is not kept any more */
export async function readRecipe(
  live: LiveWorkspace,
  { sequence, chunks, signal }: { readonly sequence: number; readonly chunks: number; readonly signal?: AbortSignal | undefined },
): Promise<ChunkRef[]> {
  const list: ChunkRef[] = [];
  while (list.length < chunks) {
    assertGoingOn(signal);
    const { refs } = await live.request('recipe', { sequence, first: list.length, limit: LIMITS.recipePartMax });
    if (refs.length === 0) throw new SyncError('storage/changed', 'a version is not there any more; it is looked at again in the next run');
    const view = Buffer.from(refs.buffer, refs.byteOffset, refs.length);
    for (let at = 0; at < refs.length; at += REF_BYTES)
      list.push({ id: view.toString('base64url', at, at + 32), length: view.readUInt32BE(at + 32) });
  }
  return list;
}

function notAnnounced(path: string): SyncError {
  const message = `${JSON.stringify(path)} arrived damaged: its chunks are not the ones that were announced; nothing was replaced, try again`;
  return new SyncError('storage/corrupt-transfer', message, { path, retryable: true });
}
