import { statSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { WatchChange, Watcher } from '@cloudsync/engine';
import { SyncError } from '@cloudsync/engine/model/error';
import { ChangeBurst } from './change-burst.ts';
import type { Platform } from './platform.ts';
import { unsettledMs } from './unsettled.ts';
import type { WatchAnswer, WatchRequest } from './watch-worker.ts';
import { workerUrl } from './worker-url.ts';

type OnChange = (change: WatchChange) => void;

/**
 * Tells of changes below a root until it is closed; when the promise resolves, everything is watched.
 * What is behind followed symlinks is not watched.
 * @throws SyncError `storage/unsupported` when the system has not enough watches; the system's error about the root
 */
export async function watchFolder(root: string, platform: Platform, onChange: OnChange): Promise<Watcher> {
  if (!statSync(root).isDirectory()) throw Object.assign(new Error(`${root} is not a folder`), { code: 'ENOTDIR', syscall: 'watch' });
  return platform.watchesFolders ? await watchInThread(root, onChange) : await watchBySystem(root, onChange);
}

/** In a thread of its own: a main thread that is busy for a moment would let the queue of the kernel run over. */
async function watchInThread(root: string, onChange: OnChange): Promise<Watcher> {
  const worker = new Worker(workerUrl('watch-worker', import.meta.url), { workerData: { root } satisfies WatchRequest });
  const ready = Promise.withResolvers<void>();
  worker.on('message', (answer: WatchAnswer) => {
    if (answer.type === 'ready') ready.resolve();
    else if (answer.type === 'changed') onChange(answer.change);
    else ready.reject(watchError(root, answer));
  });
  worker.on('error', (error) => {
    ready.reject(error);
    onChange({ paths: undefined });
  });
  try {
    await ready.promise;
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  return {
    close: async () => {
      worker.removeAllListeners('message');
      await worker.terminate();
    },
  };
}

function watchError(root: string, { error, errno }: Extract<WatchAnswer, { type: 'failed' }>): Error {
  if (errno !== 'ENOSPC') return errno === undefined ? error : Object.assign(error, { code: errno, syscall: 'watch' });
  const message = `${root} has more folders than this system lets one user watch; raise fs.inotify.max_user_watches (sysctl), or sync with --every`;
  return new SyncError('storage/unsupported', message, { cause: error });
}

/** macOS and Windows watch whole trees by themselves; the library is loaded only there. */
async function watchBySystem(root: string, onChange: OnChange): Promise<Watcher> {
  const { default: parcel } = await import('@parcel/watcher');
  const burst = new ChangeBurst({ tell: onChange, unsettledMs: (path) => unsettledMs(root, path) });
  // The system reports real paths.
  const real = await realpath(root);
  const subscription = await parcel.subscribe(real, (error, events) => {
    if (error !== null) burst.addEverything();
    else for (const { path } of events) burst.add(relative(real, path).split(sep).join('/'));
  });
  return {
    close: async () => {
      burst.close();
      // When the root is gone, there is nothing to unsubscribe from.
      await subscription.unsubscribe().catch(() => undefined);
    },
  };
}
