import { type ChunkId, encodeChunkId } from '@cloudsync/content';
import { SyncError } from '@cloudsync/engine';
import type { Row } from '@cloudsync/protocol';
import { eachRef, encodeRefs, type Ref, refCount } from './refs.ts';
import type { WorkspaceContent } from './workspace-content.ts';

/** References of a file, from number `first` on, at most `limit`. */
export function refsOf(
  { recipes }: WorkspaceContent,
  { content, chunks, size }: Row,
  first = 0,
  limit = Number.POSITIVE_INFINITY,
): Uint8Array {
  if (content === undefined || first >= chunks || limit <= 0) return Buffer.alloc(0);
  const id = Buffer.from(content, 'hex');
  return chunks === 1 ? encodeRefs([{ id, length: size }]) : recipes.slice(id, first, limit);
}

/**
 * The bytes of chunks, in the order asked.
 * @throws SyncError `content/missing`, `content/damaged`
 */
export async function* readChunks(content: WorkspaceContent, refs: readonly Ref[], signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const inline = refs.map(({ id }) => content.inline.get(id));
  const packed: ChunkId[] = refs.flatMap(({ id }, index) => (inline[index] === undefined ? [encodeChunkId(id)] : []));
  const fromPacks = packed.length === 0 ? undefined : content.packs.get(packed, signal);
  try {
    for (const bytes of inline) {
      if (bytes !== undefined) {
        yield bytes;
        continue;
      }
      const next = await fromPacks?.next();
      if (next === undefined || next.done === true) throw new SyncError('content/missing', 'a chunk is gone; check the server');
      yield next.value;
    }
  } finally {
    await fromPacks?.return(undefined);
  }
}

export interface ByteSpan {
  readonly offset: number;
  readonly length: number;
}

/** Chunks asked of the store at once. */
const WINDOW = 64;

/** Bytes of a file. */
export async function* readFile(
  content: WorkspaceContent,
  row: Row,
  { offset, length, signal }: ByteSpan & { readonly signal?: AbortSignal | undefined },
): AsyncGenerator<Uint8Array> {
  const end = Math.min(offset + length, row.size);
  let at = 0;
  let window: { ref: Ref; at: number }[] = [];
  const flush = async function* (): AsyncGenerator<Uint8Array> {
    const taken = window;
    window = [];
    let index = 0;
    for await (const bytes of readChunks(
      content,
      taken.map(({ ref }) => ref),
      signal,
    )) {
      const begin = taken[index++]?.at ?? 0;
      yield bytes.subarray(Math.max(0, offset - begin), Math.min(bytes.length, end - begin));
    }
  };
  for (let first = 0; first < row.chunks && at < end; ) {
    const refs = refsOf(content, row, first, 4_096);
    if (refCount(refs) === 0) break;
    for (const ref of eachRef(refs)) {
      if (at + ref.length > offset && at < end) window.push({ ref, at });
      at += ref.length;
      if (window.length >= WINDOW) yield* flush();
    }
    first += refCount(refs);
  }
  yield* flush();
}
