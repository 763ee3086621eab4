import { SyncError, type SyncErrorCode } from '@cloudsync/engine/model/error';

/** A SyncError in plain data: an error's class and fields do not survive the way between threads. */
export interface Failure {
  readonly code: SyncErrorCode;
  readonly message: string;
  readonly path: string | undefined;
  readonly retryable: boolean;
}

interface Meaning {
  readonly code: SyncErrorCode;
  /** What is wrong, and what to do. */
  readonly says: string;
}

const GONE: Meaning = { code: 'storage/not-found', says: 'it is gone; it is looked at again in the next run' };
const REPLACED: Meaning = { code: 'storage/changed', says: 'something else is there now; it is looked at again in the next run' };
const DENIED: Meaning = { code: 'storage/denied', says: 'permission denied; change its permissions or run as a user who may' };

/** What the system says when a file cannot be opened, read or written. The rest is a matter of the disk. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  ENOENT: GONE,
  ENOTDIR: GONE,
  ELOOP: REPLACED,
  EISDIR: REPLACED,
  ENXIO: REPLACED,
  EEXIST: REPLACED,
  EACCES: DENIED,
  EPERM: DENIED,
  ENOSPC: { code: 'storage/no-space', says: 'no space left; free some space and sync again' },
  EDQUOT: { code: 'storage/no-space', says: 'the disk quota is used up; free some space and sync again' },
  EROFS: { code: 'storage/read-only', says: 'the file system is read-only; mount it writable' },
};

/** Why a file could not be read or written, in plain data; every error that is a defect of ours is thrown on. */
export function failureOf(error: unknown, name: string, doing: 'read' | 'write' = 'read'): Failure {
  if (SyncError.is(error)) {
    const { code, message, path, retryable } = error;
    return { code, message, path, retryable };
  }
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) throw error;
  const { code, says } = MEANINGS[String(error.code)] ?? {
    code: 'storage/io',
    says: `the disk reported ${error.code}; check it and try again`,
  };
  return { code, message: `cannot ${doing} ${JSON.stringify(name)}: ${says}`, path: name, retryable: code === 'storage/io' };
}

export function errorOf({ code, message, path, retryable }: Failure): SyncError {
  return new SyncError(code, message, { path, retryable });
}
