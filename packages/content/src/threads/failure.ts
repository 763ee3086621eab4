import { SyncError, type SyncErrorCode } from '@cloudsync/engine';

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

/** What the system says when a file cannot be opened or read. The rest is a matter of the disk. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  ENOENT: GONE,
  ENOTDIR: GONE,
  ELOOP: REPLACED,
  EISDIR: REPLACED,
  ENXIO: REPLACED,
  EACCES: DENIED,
  EPERM: DENIED,
};

/** Why a file could not be read, in plain data; every error that is a defect of ours is thrown on. */
export function failureOf(error: unknown, name: string): Failure {
  if (SyncError.is(error)) {
    const { code, message, path, retryable } = error;
    return { code, message, path, retryable };
  }
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) throw error;
  const { code, says } = MEANINGS[String(error.code)] ?? {
    code: 'storage/io',
    says: `the disk reported ${error.code}; check it and try again`,
  };
  return { code, message: `cannot read ${JSON.stringify(name)}: ${says}`, path: name, retryable: code === 'storage/io' };
}

export function errorOf({ code, message, path, retryable }: Failure): SyncError {
  return new SyncError(code, message, { path, retryable });
}
