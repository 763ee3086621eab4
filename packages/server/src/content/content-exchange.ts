import { encodeChunkId } from '@cloudsync/content';
import { SyncError } from '@cloudsync/engine';
import { LIMITS, type Row } from '@cloudsync/protocol';
import type { ServerDatabase } from '../database/server-database.ts';
import type { JournalTable } from '../journal/journal-table.ts';
import { visibleRows } from '../journal/visible-rows.ts';
import { type Caller, provenOf } from '../workspace/caller.ts';
import { parseSettings, quotaOf } from '../workspace/settings.ts';
import { readChunks, readFile, refsOf } from './chunk-reading.ts';
import type { RecipePart } from './recipe-table.ts';
import { eachRef, type Ref, refCount } from './refs.ts';
import type { WorkspaceContent } from './workspace-content.ts';

export interface ContentExchangeOptions {
  readonly database: ServerDatabase;
  readonly content: WorkspaceContent;
  readonly table: JournalTable;
  readonly now: () => number;
}

/** Chunks of a kept version that somebody wants. */
export interface ChunkAsk {
  readonly sequence: number;
  /** Numbers of chunks: first, count, first, count …; undefined: all. */
  readonly ranges?: readonly number[] | undefined;
}

/** How chunks come into a workspace and out of it. Out of it only as parts of files that the caller may read. */
export class ContentExchange {
  readonly #options: ContentExchangeOptions;
  #sentBytes = 0;
  #sentSinceMs = 0;

  constructor(options: ContentExchangeOptions) {
    this.#options = options;
  }

  /**
   * Takes parts of recipes; they are kept for a day, and for as long as a version needs them.
   * @returns for each the numbers of chunks, in the whole recipe, that are to be sent: first, count, first, count …
   * @throws SyncError `server/invalid` when a recipe is not what its id says
   */
  async declare(caller: Caller, parts: readonly RecipePart[]): Promise<number[][]> {
    const { database, content, now } = this.#options;
    await content.packs.ready();
    let problem: unknown;
    await database.transaction(() => {
      for (const part of parts) {
        try {
          database.savepoint(() => content.recipes.add(part, Math.floor(now())));
        } catch (error) {
          if (!database.isInTransaction || !SyncError.is(error)) throw error;
          content.recipes.forget(part.content);
          problem = error;
        }
      }
    });
    if (problem !== undefined) throw problem;
    return parts.map(({ first, refs }) => this.#missing(caller, eachRef(refs), first));
  }

  /** Numbers of those of these ids (32 bytes each) that are to be sent: first, count, first, count … */
  async missing(caller: Caller, ids: Uint8Array): Promise<number[]> {
    await this.#options.content.packs.ready();
    const each = Array.from({ length: ids.length / 32 }, (_, index) => ({ id: ids.subarray(index * 32, (index + 1) * 32) }));
    return this.#missing(caller, each, 0);
  }

  /**
   * Takes chunks; the server names them itself. They are kept for a day, and for as long as a version needs them.
   * @throws SyncError `server/invalid`, `server/quota-exceeded`, `storage/no-space`
   */
  async put(caller: Caller, chunks: readonly Uint8Array[]): Promise<void> {
    const { content } = this.#options;
    if (chunks.some(({ length }) => length === 0 || length > LIMITS.chunkBytesMax))
      throw new SyncError('server/invalid', 'a chunk has 1 byte to 1 MiB');
    this.#assertAllowed(chunks.reduce((sum, { length }) => sum + length, 0));
    const named = chunks.map((bytes) => ({ digest: content.idOf(bytes), bytes }));
    await content.packs.put(named.map(({ digest, bytes }) => ({ id: encodeChunkId(digest), bytes })));
    for (const { digest } of named) caller.proven?.add(digest);
  }

  /**
   * Chunks in the order asked, as many as fit into `bytesMax` and at least one; null where there is none for the caller.
   */
  async get(caller: Caller, asks: readonly ChunkAsk[], bytesMax: number = LIMITS.answerBytesMax): Promise<(Uint8Array | null)[]> {
    const { content } = this.#options;
    const wanted: (Ref | undefined)[] = [];
    let bytes = 0;
    collect: for (const ask of asks) {
      for (const ref of this.#wantedOf(caller, ask)) {
        if (wanted.length > 0 && bytes + (ref?.length ?? 0) > bytesMax) break collect;
        bytes += ref?.length ?? 0;
        wanted.push(ref);
        if (wanted.length === CHUNKS_MAX) break collect;
      }
    }
    const there = wanted.filter((ref) => ref !== undefined);
    const found: Uint8Array[] = [];
    for await (const chunk of readChunks(content, there)) found.push(chunk);
    for (const { id } of there) caller.proven?.add(id);
    let next = 0;
    return wanted.map((ref) => (ref === undefined ? null : (found[next++] ?? null)));
  }

  /** References of a kept version of a file, from number `first` on. @throws SyncError `server/not-found` */
  recipe(
    caller: Caller,
    { sequence, first, limit }: { sequence: number; first: number; limit: number },
  ): { refs: Uint8Array; chunks: number } {
    const row = this.#mustRead(caller, sequence);
    return { refs: refsOf(this.#options.content, row, first, limit), chunks: row.chunks };
  }

  /** Bytes of a kept version of a file. @throws SyncError `server/not-found`, `content/missing`, `content/damaged` */
  async *read(
    caller: Caller,
    sequence: number,
    {
      offset = 0,
      length = Number.MAX_SAFE_INTEGER,
      signal,
    }: { offset?: number | undefined; length?: number | undefined; signal?: AbortSignal | undefined },
  ): AsyncGenerator<Uint8Array> {
    const row = this.#mustRead(caller, sequence);
    yield* readFile(this.#options.content, row, { offset, length, signal });
  }

  /** A quota counts what is committed; what is only sent may be as much again in an hour. */
  #assertAllowed(bytes: number): void {
    const { table, now } = this.#options;
    if (now() - this.#sentSinceMs >= HOUR_MS) [this.#sentBytes, this.#sentSinceMs] = [0, now()];
    this.#sentBytes += bytes;
    const { bytes: most } = quotaOf(parseSettings(table.state.settings));
    if (most === null || this.#sentBytes <= 2 * most + SENT_FREE_BYTES) return;
    throw new SyncError('server/quota-exceeded', `more was sent than the workspace may hold (${most} bytes); try again in an hour`);
  }

  #missing(caller: Caller, refs: Iterable<{ readonly id: Uint8Array }>, first: number): number[] {
    const { content } = this.#options;
    const proven = provenOf(caller);
    const ranges: number[] = [];
    let at = first;
    let end = -1;
    for (const { id } of refs) {
      if (!content.isThere(id, proven)) {
        if (at === end) ranges[ranges.length - 1] = (ranges.at(-1) ?? 0) + 1;
        else ranges.push(at, 1);
        end = at + 1;
      }
      at++;
    }
    return ranges;
  }

  /** What one ask comes to; undefined: a chunk that is not there for the caller. */
  *#wantedOf(caller: Caller, { sequence, ranges }: ChunkAsk): Generator<Ref | undefined> {
    const row = this.#readable(caller, sequence);
    const spans = ranges ?? [0, Math.max(row?.chunks ?? 1, 1)];
    for (let at = 0; at + 1 < spans.length; at += 2) {
      const [first = 0, count = 0] = spans.slice(at, at + 2);
      const refs = row === undefined ? Buffer.alloc(0) : refsOf(this.#options.content, row, first, Math.min(count, CHUNKS_MAX));
      yield* eachRef(refs);
      for (let rest = refCount(refs); rest < Math.min(count, CHUNKS_MAX); rest++) yield undefined;
    }
  }

  #mustRead(caller: Caller, sequence: number): Row {
    const row = this.#readable(caller, sequence);
    if (row === undefined) throw new SyncError('server/not-found', `there is no file with version ${sequence}; it may have been forgotten`);
    return row;
  }

  #readable(caller: Caller, sequence: number): Row | undefined {
    const { table } = this.#options;
    const row = table.row(sequence);
    if (row === undefined || row.kind !== 'file' || row.hash === undefined) return undefined;
    const head = table.head(row.id);
    // Where it lies now decides, and where it lay then.
    return head !== undefined && visibleRows(table, caller.rights, [row, head]).length === 2 ? row : undefined;
  }
}

const HOUR_MS = 3_600_000;
/** So much is always allowed: small quotas are for what is kept. */
const SENT_FREE_BYTES = 64 * 2 ** 20;
/** Chunks in one answer. */
const CHUNKS_MAX = 8_192;
