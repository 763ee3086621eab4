import { encodeChunkId } from '@cloudsync/content';
import type { ServerDatabase } from '../database/server-database.ts';
import type { WorkspaceContent } from './workspace-content.ts';

export interface MoveInlineOptions {
  readonly database: ServerDatabase;
  readonly content: WorkspaceContent;
  /** Chunks that came before this moment (ms since 1970) are moved. */
  readonly beforeMs: number;
  /** Less than this is not worth a pack. Default 4 MiB. */
  readonly bytesMin?: number | undefined;
}

const BYTES_MIN = 4 * 2 ** 20;
const BATCH_BYTES = 8 * 2 ** 20;

/**
 * Moves chunks from the database into packs, where they are compressed together and the database stays small.
 * @returns how many
 */
export async function moveInline({ database, content, beforeMs, bytesMin = BYTES_MIN }: MoveInlineOptions): Promise<number> {
  const { inline, packs } = content;
  const all = inline.olderThan(beforeMs);
  if (all.reduce((sum, { length }) => sum + length, 0) < bytesMin) return 0;
  for (let at = 0; at < all.length; ) {
    const batch: Uint8Array[] = [];
    for (let bytes = 0; bytes < BATCH_BYTES && at < all.length; at++) {
      const { id, length } = all[at] as (typeof all)[number];
      batch.push(id);
      bytes += length;
    }
    const chunks = batch.flatMap((id) => {
      const bytes = inline.get(id);
      return bytes === undefined ? [] : [{ id: encodeChunkId(id), bytes }];
    });
    await packs.put(chunks);
    await packs.settle();
    await database.transaction(() => {
      for (const id of batch) if (packs.settledLength(id) !== undefined) inline.forget(id);
    });
  }
  return all.length;
}
