import { createHash } from 'node:crypto';
import type { ChunkRef, ChunkStore } from '@cloudsync/content';
import { SyncError } from '@cloudsync/engine';
import { assertGoingOn } from '../cancelled.ts';
import type { FileRow } from '../tree/row.ts';
import { contentChunks } from './content-nodes.ts';

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Chunks asked for in one call: some megabytes. */
const WINDOW = 64;

/**
 * The content of a file. Chunks are what their ids say; their lengths and the hash of the whole are checked as well, the hash at the end:
 * the stream fails rather than to end as complete.
 * @throws SyncError `content/missing`, `content/damaged`, `vault/damaged`, each naming the object
 */
export async function* readContent(
  store: Pick<ChunkStore, 'get'>,
  { path, content, hash, size }: FileRow,
  { signal }: ReadOptions = {},
): AsyncGenerator<Uint8Array> {
  const whole = createHash('sha256');
  let read = 0;
  for await (const chunks of contentChunks(store, content)) {
    for (let at = 0; at < chunks.length; at += WINDOW) {
      const window = chunks.slice(at, at + WINDOW);
      let index = 0;
      for await (const bytes of store.get(window.map(({ id }) => id))) {
        assertGoingOn(signal);
        if (bytes.length !== (window[index++] as ChunkRef).length) throw notTheContent(path);
        read += bytes.length;
        whole.update(bytes);
        if (read === size && whole.copy().digest('hex') !== hash) throw notTheContent(path);
        yield bytes;
      }
    }
  }
  if (read !== size || (size === 0 && whole.digest('hex') !== hash)) throw notTheContent(path);
}

function notTheContent(path: string): SyncError {
  return new SyncError('content/damaged', `the content of ${JSON.stringify(path)} is not what its row says; run cloudsync vault check`, {
    path,
  });
}
