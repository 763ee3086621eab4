import type { ChunkRef } from '@cloudsync/content';
import * as z from 'zod/mini';
import type { ContentList, ContentNode } from './row.ts';

/** Chunks that a row holds by itself, and nodes that it holds when the chunks are more. */
export const INLINE_MAX = 16;

/** A chunk is never larger (docs/formats/content.md). */
const CHUNK_BYTES_MAX = 1024 * 1024;

export type StoredContentList =
  | readonly (readonly [string, number])[]
  | { readonly level: number; readonly nodes: readonly (readonly [string, number, number, number])[] };

const CHUNK_ID = /^[\w-]{43}$/;
const chunkId = z.string().check(z.regex(CHUNK_ID));
const length = z.int().check(z.minimum(1), z.maximum(CHUNK_BYTES_MAX));
const count = z.int().check(z.minimum(1));

const nodesSchema = z.object({
  level: z.int().check(z.minimum(0), z.maximum(7)),
  nodes: z.array(z.tuple([chunkId, length, count, count])).check(z.minLength(1), z.maxLength(INLINE_MAX)),
});

/** What a row of a file says of its content; undefined when it is no content list. */
export function decodeContentList(stored: unknown): ContentList | undefined {
  if (Array.isArray(stored)) return decodeChunks(stored);
  const list = nodesSchema.safeParse(stored).data;
  return (
    list && { level: list.level, nodes: list.nodes.map(([id, length, chunks, bytes]): ContentNode => ({ id, length, chunks, bytes })) }
  );
}

function decodeChunks(stored: readonly unknown[]): ContentList | undefined {
  if (stored.length > INLINE_MAX) return undefined;
  const chunks: ChunkRef[] = [];
  for (const pair of stored) {
    if (!Array.isArray(pair) || pair.length !== 2) return undefined;
    const [id, length] = pair as unknown[];
    if (typeof id !== 'string' || !CHUNK_ID.test(id)) return undefined;
    if (typeof length !== 'number' || !Number.isInteger(length) || length < 1 || length > CHUNK_BYTES_MAX) return undefined;
    chunks.push({ id, length });
  }
  return { chunks };
}

/** As it stands in a row. */
export function storedContentList(content: ContentList): StoredContentList {
  if ('chunks' in content) return content.chunks.map(({ id, length }) => [id, length] as const);
  const { level, nodes } = content;
  return { level, nodes: nodes.map(({ id, length, chunks, bytes }) => [id, length, chunks, bytes] as const) };
}
