import type { Entry } from '../model/entry.ts';
import { SyncError } from '../model/error.ts';
import type { ByteRange, ChunkAccess, ChunkRef, Storage } from '../storage.ts';
import { type Arrived, counted, type TransferListener } from './arrival.ts';

/** Below this a file is a handful of chunks, and asking for them costs more than sending them. */
const DELTA_BYTES_MIN = 512 * 1024;
/** Chunks that are asked for in one call. */
const WINDOW_BYTES = 4 * 1024 * 1024;

/** A way on which only chunks travel that the receiver lacks. */
export type DeltaRoute =
  /** Both keep content as the same chunks. */
  | { readonly by: 'chunks'; readonly giver: ChunkAccess; readonly receiver: ChunkAccess }
  /** The receiver keeps chunks; the giver's file is cut as the receiver would. */
  | { readonly by: 'cutting'; readonly giver: Ranged; readonly receiver: ChunkAccess }
  /** The giver keeps chunks; the receiver's old version is cut, and what it holds, or what arrived before, is not sent. */
  | { readonly by: 'old-version'; readonly giver: ChunkAccess; readonly receiver: Ranged; readonly old: Entry | undefined };

type Ranged = Storage & Required<Pick<Storage, 'readRanges'>>;

export interface DeltaQuestion {
  readonly giver: Storage;
  readonly receiver: Storage;
  readonly from: Entry;
  readonly expected: Entry | undefined;
  /** There is a shorter way for whole files. */
  readonly hasCopier: boolean;
}

/** The way for a file between two storages, or undefined when it is to be sent whole. */
export function deltaRoute({ giver, receiver, from, expected, hasCopier }: DeltaQuestion): DeltaRoute | undefined {
  if (from.size < DELTA_BYTES_MIN || hasCopier) return undefined;
  if (giver.chunks !== undefined && giver.chunks.scheme.id === receiver.chunks?.scheme.id)
    return { by: 'chunks', giver: giver.chunks, receiver: receiver.chunks };
  const old = expected?.kind === 'file' && expected.size >= DELTA_BYTES_MIN ? expected : undefined;
  const keepsPartial = receiver.partial !== undefined && from.hash !== undefined;
  if (giver.chunks !== undefined && isRanged(receiver) && (old !== undefined || keepsPartial))
    return { by: 'old-version', giver: giver.chunks, receiver, old };
  if (receiver.chunks !== undefined && isRanged(giver)) return { by: 'cutting', giver, receiver: receiver.chunks };
  return undefined;
}

function isRanged(storage: Storage): storage is Ranged {
  return storage.readRanges !== undefined;
}

export interface DeltaMove extends TransferListener {
  readonly from: Entry;
  readonly to: Entry;
  readonly expected: Entry | undefined;
  readonly signal: AbortSignal;
}

/** Moves a file on a {@link DeltaRoute}, with every rule of `download` and `upload`. */
export async function moveByChunks(route: DeltaRoute, move: DeltaMove): Promise<Arrived> {
  const to = await (route.by === 'old-version' ? fromOldVersion(route, move) : intoChunks(route, move));
  const { from } = move;
  return { from: { ...from, hash: from.hash ?? to.hash }, to: { ...to, hash: to.hash ?? from.hash } };
}

async function intoChunks(route: Exclude<DeltaRoute, { by: 'old-version' }>, move: DeltaMove): Promise<Entry> {
  const { from, to, expected, signal, onBytes, onReused } = move;
  const chunks = route.by === 'chunks' ? await route.giver.list(from, { signal }) : await cutAll(route, from, signal);
  const found = await route.receiver.has(chunks.map(({ id }) => id));
  const missing = new Map<string, Placed>();
  let offset = 0;
  for (const [index, { id, length }] of chunks.entries()) {
    if (!found[index] && !missing.has(id)) missing.set(id, { id, offset, length });
    offset += length;
  }
  const travelling = [...missing.values()];
  const reused = from.size - sumOf(travelling);
  onReused(reused);
  onBytes(reused);
  const get = (window: readonly Placed[]): AsyncIterable<Uint8Array> =>
    route.by === 'chunks'
      ? route.giver.get(
          window.map(({ id }) => id),
          { signal },
        )
      : route.giver.readRanges(from, window, { signal });
  return route.receiver.assemble(to, chunks, counted(inWindows(travelling, get), onBytes), { expected, signal });
}

async function fromOldVersion(
  { giver, receiver, old }: Extract<DeltaRoute, { by: 'old-version' }>,
  { from, to, expected, signal, onBytes, onReused }: DeltaMove,
): Promise<Entry> {
  const chunks = placed(await giver.list(from, { signal }));
  const before = from.hash === undefined ? undefined : receiver.partial?.({ ...to, hash: from.hash }, { signal });
  const arrived = before === undefined ? 0 : await countArrived(chunks, giver.scheme.cut(before));
  const reused = sumOf(chunks.slice(0, arrived));
  onReused(reused);
  onBytes(reused);
  const held = old === undefined ? new Map<string, ByteRange>() : await rangesOf(giver.scheme.cut(receiver.download(old, { signal })));
  const get = async function* (window: readonly Placed[]): AsyncGenerator<Uint8Array> {
    const here = window.filter(({ id }) => held.has(id));
    const there = window.filter(({ id }) => !held.has(id)).map(({ id }) => id);
    const ranges = here.map(({ id }) => held.get(id) as ByteRange);
    const own = old === undefined ? undefined : receiver.readRanges(old, ranges, { signal })[Symbol.asyncIterator]();
    const theirs = giver.get(there, { signal })[Symbol.asyncIterator]();
    onReused(sumOf(here));
    for (const { id } of window) yield await mustNext(own !== undefined && held.has(id) ? own : theirs, to.path);
  };
  const rest = counted(inWindows(chunks.slice(arrived), get), onBytes);
  const resumeAt = before === undefined ? undefined : reused;
  return receiver.upload({ ...to, hash: from.hash ?? to.hash }, rest, { expected, signal, resumeAt });
}

/** How many of the first chunks are there already, whole. */
async function countArrived(chunks: readonly ChunkRef[], there: AsyncIterable<ChunkRef>): Promise<number> {
  let count = 0;
  for await (const { id, length } of there) {
    if (chunks[count]?.id !== id || chunks[count]?.length !== length) break;
    count++;
  }
  return count;
}

async function rangesOf(chunks: AsyncIterable<ChunkRef>): Promise<Map<string, ByteRange>> {
  const ranges = new Map<string, ByteRange>();
  let offset = 0;
  for await (const { id, length } of chunks) {
    ranges.set(id, { offset, length });
    offset += length;
  }
  return ranges;
}

async function cutAll({ giver, receiver }: Extract<DeltaRoute, { by: 'cutting' }>, from: Entry, signal: AbortSignal): Promise<ChunkRef[]> {
  const chunks: ChunkRef[] = [];
  for await (const chunk of receiver.scheme.cut(giver.download(from, { signal }))) chunks.push(chunk);
  return chunks;
}

interface Placed extends ChunkRef, ByteRange {}

function placed(chunks: readonly ChunkRef[]): Placed[] {
  let offset = 0;
  return chunks.map(({ id, length }) => {
    offset += length;
    return { id, length, offset: offset - length };
  });
}

async function* inWindows(
  chunks: readonly Placed[],
  get: (window: readonly Placed[]) => AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < chunks.length; ) {
    let end = start;
    for (let bytes = 0; end < chunks.length && bytes < WINDOW_BYTES; end++) bytes += (chunks[end] as Placed).length;
    yield* get(chunks.slice(start, end));
    start = end;
  }
}

async function mustNext(parts: AsyncIterator<Uint8Array>, path: string): Promise<Uint8Array> {
  const { value, done } = await parts.next();
  if (done)
    throw new SyncError('storage/corrupt-transfer', `${path}: fewer chunks came than were asked for; run again`, { path, retryable: true });
  return value;
}

function sumOf(ranges: readonly { readonly length: number }[]): number {
  return ranges.reduce((sum, { length }) => sum + length, 0);
}
