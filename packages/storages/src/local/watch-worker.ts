import { parentPort, workerData } from 'node:worker_threads';
import type { WatchChange } from '@cloudsync/engine';
import { ChangeBurst } from './change-burst.ts';
import { errnoOf } from './errno.ts';
import { FolderWatches } from './folder-watches.ts';
import { unsettledMs } from './unsettled.ts';

export interface WatchRequest {
  /** Absolute. */
  readonly root: string;
}

export type WatchAnswer =
  | { readonly type: 'ready' }
  | { readonly type: 'changed'; readonly change: WatchChange }
  | { readonly type: 'failed'; readonly error: Error; readonly errno: string | undefined };

if (parentPort !== null) {
  const port = parentPort;
  const send = (answer: WatchAnswer): void => port.postMessage(answer);
  const { root } = workerData as WatchRequest;
  const burst = new ChangeBurst({ tell: (change) => send({ type: 'changed', change }), unsettledMs: (path) => unsettledMs(root, path) });
  const watches = new FolderWatches(root, { onPath: (path) => burst.add(path), onLoss: () => burst.addEverything() });
  try {
    watches.start();
    send({ type: 'ready' });
  } catch (error) {
    watches.close();
    send({ type: 'failed', error: error as Error, errno: errnoOf(error) });
  }
}
