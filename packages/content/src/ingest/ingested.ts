import { encodeChunkIds } from '../store/chunk-id.ts';
import type { ChunkRef } from '../store/chunk-store.ts';
import { errorOf } from '../threads/failure.ts';
import type { FileFacts, IngestAnswers, NamedChunks } from './order.ts';

/** A file whose content is in the store. */
export interface Ingested extends FileFacts {
  /** In the order of the file; none for an empty one. */
  readonly chunks: readonly ChunkRef[];
}

export type IngestResult = Ingested | { readonly error: Error };

/** What came of each file of a batch. */
export function ingestedOf({ files, chunks }: IngestAnswers['read-files']): IngestResult[] {
  const refs = chunkRefsOf(chunks);
  let next = 0;
  return files.map((file) => {
    if ('failure' in file) return { error: errorOf(file.failure) };
    const first = next;
    next += file.chunks;
    return { hash: file.hash, size: file.size, chunks: refs.slice(first, next) };
  });
}

/** As content lists have them. */
export function chunkRefsOf({ ids, lengths }: Pick<NamedChunks, 'ids' | 'lengths'>): ChunkRef[] {
  return encodeChunkIds(ids).map((id, chunk) => ({ id, length: lengths[chunk] as number }));
}
