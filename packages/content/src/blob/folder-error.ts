import { SyncError, type SyncErrorCode } from '@cloudsync/engine/model/error';

/** What an errno means to the user: the code, what is wrong and what to do, whether the same call may succeed a moment later. */
type Meaning = readonly [code: SyncErrorCode, says: string, retryable?: boolean];

const NO_SPACE: Meaning = ['storage/no-space', 'no space left; free some space and sync again'];
const DENIED: Meaning = ['storage/denied', 'permission denied; change its permissions or run as a user who may'];
const UNREACHABLE: Meaning = ['storage/unreachable', 'the file system does not answer; check the disk or the mount', true];
const IO: Meaning = ['storage/io', 'the disk reported an error; check the disk and its cable', true];
const SHORT_OF_RESOURCES: Meaning = ['storage/io', 'the system is short of resources; try again', true];

const MEANINGS: Readonly<Record<string, Meaning>> = {
  ENOSPC: NO_SPACE,
  EDQUOT: NO_SPACE,
  EFBIG: NO_SPACE,
  EROFS: ['storage/read-only', 'the file system is read-only; mount it writable'],
  EACCES: DENIED,
  EPERM: DENIED,
  ENAMETOOLONG: ['storage/too-long', 'its path is longer than the file system allows; use a folder with a shorter path'],
  ENOENT: ['storage/not-found', 'it is gone; a check of the vault says what is affected'],
  ENOTDIR: ['path/unsafe', 'something that is no folder is in its way; move that away'],
  EISDIR: ['path/unsafe', 'a folder is in its place; move that away'],
  ELOOP: ['path/unsafe', 'a symlink is in its place; replace it by what it points to'],
  EMLINK: ['path/unsafe', 'a symlink is in its place; replace it by what it points to'],
  ESTALE: UNREACHABLE,
  ETIMEDOUT: UNREACHABLE,
  EHOSTDOWN: UNREACHABLE,
  ENOTCONN: UNREACHABLE,
  ENODEV: UNREACHABLE,
  ENXIO: UNREACHABLE,
  EIO: IO,
  EMFILE: ['storage/io', 'too many open files; raise `ulimit -n`', true],
  ENFILE: SHORT_OF_RESOURCES,
  ENOMEM: SHORT_OF_RESOURCES,
  EAGAIN: SHORT_OF_RESOURCES,
  EBUSY: ['storage/io', 'another program is using it; close it there', true],
};

/** File systems say in many ways that they have no hard links. */
const NO_HARD_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV', 'EACCES', 'EINVAL']);

export function lacksHardLinks(error: unknown): boolean {
  return NO_HARD_LINKS.has(errnoOf(error) ?? '');
}

/** The errno name of a failed system call, or undefined for any other error. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Turns a failed system call into a SyncError; passes on every other error. `doing` is a verb: `read`, `write`. */
export function toSyncError(error: unknown, name: string, doing: string): unknown {
  const errno = errnoOf(error);
  if (errno === undefined) return error;
  const [code, says, retryable] = MEANINGS[errno] ?? ['storage/io', `the system says ${errno}; try again`, true];
  return new SyncError(code, `cannot ${doing} ${name}: ${says}`, { path: name, cause: error, retryable: retryable ?? false });
}
