import { randomBytes } from 'node:crypto';
import { mkdtempSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { ContentIngest, chunkerConstants, DEFAULT_CHUNKER, FolderBlobStore, PackedChunkStore } from '@cloudsync/content';
import { type Speed, speedDuring } from './speed.ts';

export interface IngestMeasure {
  /** From the file to packs on disk. */
  readonly speed: Speed;
  /** Of this process's event loop, in ms. */
  readonly delayP99Ms: number;
}

/** Takes a file into a chunk store in a folder, with all threads. */
export async function measureIngest(path: string, scratch: string): Promise<IngestMeasure> {
  const blobs = new FolderBlobStore(mkdtempSync(join(scratch, 'blobs-')));
  const idKey = randomBytes(32);
  const keys = { suite: 'aes-256-gcm', epochs: [{ epoch: 1, key: randomBytes(32) }] } as const;
  const store = await PackedChunkStore.open({ blobs, keys, idKey, indexes: [] });
  const ingest = new ContentIngest({ store, idKey, params: DEFAULT_CHUNKER, constants: chunkerConstants(randomBytes(32)) });
  const { size, mtimeMs } = statSync(path);
  const file = { path, name: path, size, mtimeMs: Math.round(mtimeMs * 1000) / 1000, identity: undefined, follow: false };
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const speed = await speedDuring(size, async () => {
    const [result] = await ingest.putFiles([file]);
    if (result === undefined || 'error' in result) throw result?.error ?? new Error('nothing came of the ingest');
    await store.seal();
  });
  delay.disable();
  await ingest.close();
  return { speed, delayP99Ms: delay.percentile(99) / 1e6 };
}
