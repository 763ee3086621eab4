import { SyncError, type SyncErrorCode } from '@cloudsync/engine';

/** Codes of a server after which the same request may succeed a moment later. */
const RETRYABLE: ReadonlySet<string> = new Set([
  'storage/unreachable',
  'server/unavailable',
  'server/too-many-requests',
  'server/internal',
]);

/** What a server answered instead of a result. */
export function errorOfWire({ code, message }: { readonly code: string; readonly message: string }, path?: string): SyncError {
  return new SyncError(code as SyncErrorCode, message, { path, retryable: RETRYABLE.has(code) });
}

export function unreachable(reason: string, cause?: unknown): SyncError {
  return new SyncError('storage/unreachable', `the server cannot be reached (${reason})`, { cause, retryable: true });
}
