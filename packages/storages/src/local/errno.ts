import type { SyncErrorCode } from '@cloudsync/engine';

/** What an errno means to the user. */
interface Meaning {
  readonly code: SyncErrorCode;
  /** What is wrong, and what to do. */
  readonly says: string;
  readonly retryable?: boolean;
}

const IO: Meaning = { code: 'storage/io', says: 'the disk reported an error; check the disk and its cable', retryable: true };
const DENIED: Meaning = { code: 'storage/denied', says: 'permission denied; change its permissions or run as a user who may' };
const NO_SPACE: Meaning = { code: 'storage/no-space', says: 'no space left; free some space and sync again' };
const TOO_LONG: Meaning = { code: 'storage/too-long', says: 'the name or path is longer than the file system allows; shorten it' };

const MEANINGS: Readonly<Record<string, Meaning>> = {
  ENOSPC: NO_SPACE,
  EDQUOT: { code: 'storage/no-space', says: 'the disk quota is used up; free some space and sync again' },
  EFBIG: { code: 'storage/no-space', says: 'the file is larger than the file system allows; exclude it' },
  EROFS: { code: 'storage/read-only', says: 'the file system is read-only; mount it writable' },
  EACCES: DENIED,
  EPERM: DENIED,
  ENAMETOOLONG: TOO_LONG,
  ENOENT: { code: 'storage/not-found', says: 'it is gone; it is looked at again in the next run' },
  ENOTDIR: { code: 'storage/not-found', says: 'a folder above it is gone; it is looked at again in the next run' },
  ENOTEMPTY: { code: 'storage/not-empty', says: 'the folder is not empty; it stays' },
  EEXIST: { code: 'storage/changed', says: 'something else is there now; it is looked at again in the next run' },
  EISDIR: { code: 'storage/changed', says: 'it has become a folder; it is looked at again in the next run' },
  ELOOP: { code: 'storage/changed', says: 'a symlink is in the way; it is looked at again in the next run' },
  EILSEQ: { code: 'path/name-not-allowed', says: 'the file system does not allow this name; rename it on the other side' },
  EINVAL: { code: 'path/name-not-allowed', says: 'the file system does not allow this name; rename it on the other side' },
  ENOTSUP: { code: 'storage/unsupported', says: 'the file system cannot do this' },
  EOPNOTSUPP: { code: 'storage/unsupported', says: 'the file system cannot do this' },
  ENOSYS: { code: 'storage/unsupported', says: 'the file system cannot do this' },
  EIO: IO,
  ENXIO: IO,
  ENODEV: IO,
  EBUSY: { code: 'storage/io', says: 'another program is using it; close it there', retryable: true },
  ETXTBSY: { code: 'storage/io', says: 'it is a program that is running; stop it first', retryable: true },
  EMFILE: { code: 'storage/io', says: 'too many open files; raise `ulimit -n`', retryable: true },
  ENFILE: { code: 'storage/io', says: 'the system has too many open files; close some programs', retryable: true },
  ENOMEM: { code: 'storage/io', says: 'the system is out of memory; close some programs', retryable: true },
  EAGAIN: { code: 'storage/io', says: 'the system is short of resources; try again', retryable: true },
  EINTR: { code: 'storage/io', says: 'the call was interrupted; try again', retryable: true },
  ESTALE: { code: 'storage/unreachable', says: 'the network file system lost it; check the mount', retryable: true },
  ETIMEDOUT: { code: 'storage/unreachable', says: 'the network file system does not answer; check the mount', retryable: true },
  EHOSTDOWN: { code: 'storage/unreachable', says: 'the network file system does not answer; check the mount', retryable: true },
  ENOTCONN: { code: 'storage/unreachable', says: 'the file system is no longer connected; mount it again', retryable: true },
};

/** The errno name of a failed system call, or undefined for any other error. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** A failed system call in plain data, for a note or a message between threads. `doing` is a verb: `read`, `write`. */
export function describeErrno(error: unknown, path: string, doing: string): { code: SyncErrorCode; message: string; retryable: boolean } {
  const errno = errnoOf(error);
  const meaning = errno === undefined ? undefined : MEANINGS[errno];
  const name = path === '' ? 'the folder' : JSON.stringify(path);
  if (meaning !== undefined)
    return { code: meaning.code, message: `cannot ${doing} ${name}: ${meaning.says}`, retryable: meaning.retryable ?? false };
  const reason = error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error);
  return { code: 'storage/io', message: `cannot ${doing} ${name}: ${reason}; try again`, retryable: true };
}
