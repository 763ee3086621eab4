import { SyncError } from '@cloudsync/engine/model/error';
import { describeErrno, errnoOf } from './errno.ts';

/** Turns a failed system call into a SyncError; passes on a SyncError, and every error that is a defect of ours. */
export function toSyncError(error: unknown, path: string, doing: string): unknown {
  if (errnoOf(error) === undefined) return error;
  const { code, message, retryable } = describeErrno(error, path, doing);
  return new SyncError(code, message, { path, cause: error, retryable });
}
