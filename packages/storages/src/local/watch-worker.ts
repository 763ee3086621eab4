import { parentPort, workerData } from 'node:worker_threads';
import type { WatchChange } from '@cloudsync/engine';
import { ChangeBurst } from './change-burst.ts';
import { errnoOf } from './errno.ts';
import { FolderWatches } from './folder-watches.ts';

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
  const burst = new ChangeBurst((change) => send({ type: 'changed', change }));
  const { root } = workerData as WatchRequest;
  const watches = new FolderWatches(root, { onPath: (path) => burst.add(path), onLoss: () => burst.addEverything() });
  try {
    watches.start();
    send({ type: 'ready' });
  } catch (error) {
    watches.close();
    send({ type: 'failed', error: error as Error, errno: errnoOf(error) });
  }
}
