import { hash } from 'node:crypto';
import { Chunker, type ChunkerConstants, type ChunkerParams, chunkerConstants, chunkIdOfDigest } from '@cloudsync/content';
import { LIMITS, REF_BYTES } from '@cloudsync/protocol';
import type { Opened } from '../live/live-workspace.ts';

/** How a workspace cuts content and names its chunks. */
export interface ContentNames {
  readonly params: ChunkerParams;
  readonly constants: ChunkerConstants;
  /** 32 bytes. */
  readonly idKey: Uint8Array;
}

/** Content that is not longer is one chunk, whatever is in it: it travels in one piece with the change that names it. */
export const ONE_CHUNK_BYTES = LIMITS.inlineBytesMax;

export function contentNames({ minimum, average, maximum, chunkerKey, idKey }: Opened['scheme']): ContentNames {
  return { params: { minimum, average, maximum }, constants: chunkerConstants(chunkerKey), idKey };
}

export interface NamedChunk {
  readonly id: Uint8Array;
  readonly bytes: Uint8Array;
}

/** Id of a chunk (docs/formats/content.md). */
export function nameChunk({ idKey }: ContentNames, bytes: Uint8Array): Buffer {
  return chunkIdOfDigest(idKey, hash('sha256', bytes, 'buffer'));
}

/** What a row says of a content: nothing of an empty one, a chunk id, or the id of the list of its chunks. */
export function contentOfRefs(refs: Uint8Array): { readonly content: Uint8Array | undefined; readonly chunks: number } {
  const chunks = refs.length / REF_BYTES;
  if (chunks === 0) return { content: undefined, chunks };
  return { content: chunks === 1 ? refs.slice(0, 32) : hash('sha256', refs, 'buffer'), chunks };
}

/** Writes references one behind the other. */
export function encodeRefs(chunks: readonly { readonly id: Uint8Array; readonly length: number }[]): Buffer {
  const refs = Buffer.allocUnsafe(chunks.length * REF_BYTES);
  chunks.forEach(({ id, length }, at) => {
    refs.set(id, at * REF_BYTES);
    refs.writeUInt32BE(length, at * REF_BYTES + 32);
  });
  return refs;
}

/** Cuts a stream into chunks and names them. The bytes are copies. */
export async function* cutContent(names: ContentNames, content: AsyncIterable<Uint8Array>): AsyncGenerator<NamedChunk> {
  const chunker = new Chunker(names);
  const named = (bytes: Uint8Array): NamedChunk => ({ id: nameChunk(names, bytes), bytes });
  let parts: Uint8Array[] = [];
  let [total, openSince] = [0, 0];
  let early: NamedChunk[] | undefined = [];
  for await (const piece of content) {
    const begin = total;
    total += piece.length;
    let from = 0;
    for (const end of chunker.push(piece)) {
      parts.push(piece.slice(from, end - begin));
      from = end - begin;
      openSince = end;
      const chunk = named(joined(parts));
      parts = [];
      // Whether it is one chunk is known when there is more than fits into one.
      if (early !== undefined) early.push(chunk);
      else yield chunk;
    }
    parts.push(piece.slice(from));
    if (early !== undefined && total > ONE_CHUNK_BYTES) {
      yield* early;
      early = undefined;
    }
  }
  if (total === 0) return;
  const rest = joined(parts);
  if (early !== undefined) yield named(joined([...early.map(({ bytes }) => bytes), rest]));
  else if (total > openSince) yield named(rest);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
}
