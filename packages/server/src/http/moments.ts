import { SyncError } from '@cloudsync/engine';

/** Milliseconds since 1970 of a moment to come. @throws SyncError `server/invalid` when it has passed */
export function futureMs(iso: string, nowMs: number): number {
  const ms = Date.parse(iso);
  if (ms > nowMs) return ms;
  throw new SyncError('server/invalid', `${iso} has passed; give a moment to come`);
}
