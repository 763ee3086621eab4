import { createHash } from 'node:crypto';
import { type Entry, SyncError } from '@cloudsync/engine';
import { LIMITS, REF_BYTES } from '@cloudsync/protocol';
import type { LiveWorkspace } from '../live/live-workspace.ts';
import { assertGoingOn } from './cancelled.ts';
import { type ContentNames, contentOfRefs, cutContent, encodeRefs, type NamedChunk, ONE_CHUNK_BYTES } from './content-names.ts';

/** A content that is at the server, or travels with the commit that names it. */
export interface SentContent {
  /** SHA-256 in lower-case hex. */
  readonly hash: string;
  readonly size: number;
  readonly content: Uint8Array | undefined;
  readonly chunks: number;
  readonly inline: readonly Uint8Array[];
}

const WINDOW_BYTES = 1 << 20;
const WINDOWS_AHEAD = 3;

export interface SendOptions {
  readonly live: LiveWorkspace;
  readonly names: ContentNames;
  readonly signal?: AbortSignal | undefined;
}

/** Sends what the server lacks of a content. @throws SyncError of the server, `sync/cancelled`; whatever `content` throws */
export async function sendContent(entry: Entry, content: AsyncIterable<Uint8Array>, options: SendOptions): Promise<SentContent> {
  const whole = createHash('sha256');
  const sender = new ChunkSender(options);
  let size = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const piece of content) {
      assertGoingOn(options.signal);
      size += piece.length;
      // Nobody stores gigabytes to refuse them afterwards.
      if (size > entry.size) throw damaged(entry, `more than ${entry.size} bytes`);
      whole.update(piece);
      yield piece;
    }
  };
  const refs: { id: Uint8Array; length: number }[] = [];
  let first: NamedChunk | undefined;
  for await (const chunk of cutContent(options.names, counted())) {
    refs.push({ id: chunk.id, length: chunk.bytes.length });
    if (refs.length === 1) first = chunk;
    const isInline = refs.length === 1 && entry.size <= ONE_CHUNK_BYTES;
    if (!isInline) await sender.add(chunk);
  }
  const hash = whole.digest('hex');
  assertArrived(entry, { hash, size });
  await sender.end();
  const packed = encodeRefs(refs);
  await declare(options.live, packed);
  const inline = entry.size <= ONE_CHUNK_BYTES && first !== undefined ? [first.bytes] : [];
  return { hash, size, ...contentOfRefs(packed), inline };
}

/** Makes the list of chunks known of a content that has several. @throws SyncError `content/missing` when the server does not hold all of them */
export async function declare(live: LiveWorkspace, refs: Uint8Array): Promise<void> {
  const missing = await missingOfRecipe(live, refs);
  if (missing.length === 0) return;
  throw new SyncError('content/missing', 'chunks that were sent are not at the server; they are sent again', { retryable: true });
}

/** Makes a list of chunks known. @returns which of them the server lacks: first, count, first, count … */
export async function missingOfRecipe(live: LiveWorkspace, refs: Uint8Array): Promise<number[]> {
  const { content, chunks } = contentOfRefs(refs);
  if (content === undefined || chunks < 2) return [];
  const missing: number[] = [];
  for (let first = 0; first < chunks; first += LIMITS.recipePartMax) {
    const part = refs.subarray(first * REF_BYTES, (first + LIMITS.recipePartMax) * REF_BYTES);
    const answer = await live.request('declare', { recipes: [{ content, chunks, first, refs: part }] });
    const numbers = answer.missing[0] ?? [];
    for (let at = 0; at + 1 < numbers.length; at += 2) missing.push((numbers[at] as number) + first, numbers[at + 1] as number);
  }
  return missing;
}

/** Sends chunks in windows: for each the server first says which it lacks. */
export class ChunkSender {
  readonly #live: LiveWorkspace;
  readonly #signal: AbortSignal | undefined;
  #window: NamedChunk[] = [];
  #bytes = 0;
  #ahead: Promise<void>[] = [];

  constructor({ live, signal }: SendOptions) {
    this.#live = live;
    this.#signal = signal;
  }

  /** Takes a chunk; waits while more than a few windows are on their way. */
  async add(chunk: NamedChunk): Promise<void> {
    this.#window.push(chunk);
    this.#bytes += chunk.bytes.length;
    if (this.#bytes < WINDOW_BYTES) return;
    if (this.#ahead.length >= WINDOWS_AHEAD) await this.#ahead.shift();
    assertGoingOn(this.#signal);
    this.#sendWindow();
  }

  /** Resolves when all are at the server. */
  async end(): Promise<void> {
    this.#sendWindow();
    await Promise.all(this.#ahead.splice(0));
  }

  #sendWindow(): void {
    if (this.#window.length === 0) return;
    const sending = this.#send(this.#window);
    // Awaited later; until then it must not count as unhandled.
    sending.catch(() => undefined);
    this.#ahead.push(sending);
    this.#window = [];
    this.#bytes = 0;
  }

  async #send(chunks: readonly NamedChunk[]): Promise<void> {
    const { missing } = await this.#live.request('missing', { ids: Buffer.concat(chunks.map(({ id }) => id)) });
    const lacking: Uint8Array[] = [];
    for (let at = 0; at + 1 < missing.length; at += 2) {
      const first = missing[at] as number;
      for (const { bytes } of chunks.slice(first, first + (missing[at + 1] as number))) lacking.push(bytes);
    }
    if (lacking.length > 0) await this.#live.request('putChunks', { chunks: lacking });
  }
}

/** @throws SyncError `storage/corrupt-transfer` when content is not as long, or not the one, that its entry says */
export function assertArrived(entry: Entry, { hash, size }: { readonly hash: string; readonly size: number }): void {
  if (size !== entry.size) throw damaged(entry, `${size} of ${entry.size} bytes`);
  const isSame = entry.hash === undefined || entry.hash.includes(':') || entry.hash === hash;
  if (!isSame) throw damaged(entry, 'its content has another hash');
}

function damaged({ path }: Entry, arrived: string): SyncError {
  const message = `${JSON.stringify(path)} arrived damaged: ${arrived}; nothing was replaced, try again`;
  return new SyncError('storage/corrupt-transfer', message, { path, retryable: true });
}
