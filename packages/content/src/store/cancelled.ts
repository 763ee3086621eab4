import { SyncError } from '@cloudsync/engine/model/error';

/** @throws SyncError `sync/cancelled` */
export function assertGoingOn(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new SyncError('sync/cancelled', 'the sync was cancelled; run it again to go on');
}
