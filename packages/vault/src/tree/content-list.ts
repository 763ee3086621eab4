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

const chunkId = z.string().check(z.regex(/^[\w-]{43}$/));
const length = z.int().check(z.minimum(1), z.maximum(CHUNK_BYTES_MAX));
const count = z.int().check(z.minimum(1));

/** What a row of a file says of its content. */
export const contentListSchema = z.union([
  z.pipe(
    z.array(z.tuple([chunkId, length])).check(z.maxLength(INLINE_MAX)),
    z.transform((chunks): ContentList => ({ chunks: chunks.map(([id, length]): ChunkRef => ({ id, length })) })),
  ),
  z.pipe(
    z.object({
      level: z.int().check(z.minimum(0), z.maximum(7)),
      nodes: z.array(z.tuple([chunkId, length, count, count])).check(z.minLength(1), z.maxLength(INLINE_MAX)),
    }),
    z.transform(
      ({ level, nodes }): ContentList => ({
        level,
        nodes: nodes.map(([id, length, chunks, bytes]): ContentNode => ({ id, length, chunks, bytes })),
      }),
    ),
  ),
]);

/** As it stands in a row. */
export function storedContentList(content: ContentList): StoredContentList {
  if ('chunks' in content) return content.chunks.map(({ id, length }) => [id, length] as const);
  const { level, nodes } = content;
  return { level, nodes: nodes.map(({ id, length, chunks, bytes }) => [id, length, chunks, bytes] as const) };
}
