import { SyncError } from '@cloudsync/engine';

/** @throws SyncError `sync/cancelled` once the signal has fired */
export function assertGoingOn(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new SyncError('sync/cancelled', 'the sync was cancelled; run it again to go on', { cause: signal.reason });
}
