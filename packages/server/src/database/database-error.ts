import { SyncError } from '@cloudsync/engine';

/** Primary result codes of SQLite, https://www.sqlite.org/rescode.html */
const BUSY = 5;
const LOCKED = 6;
const READ_ONLY = 8;
const IO = 10;
const CORRUPT = 11;
const FULL = 13;
const CANNOT_OPEN = 14;
const NOT_A_DATABASE = 26;

/** What a failure of SQLite means to who runs the server; passes on every other error. */
export function toDatabaseError(error: unknown): unknown {
  const code = sqliteCode(error);
  if (code === undefined) return error;
  const cause = error;
  switch (code) {
    case FULL:
      return new SyncError('storage/no-space', 'the server has no space left; nothing was changed; free some space there', { cause });
    case BUSY:
    case LOCKED:
      return new SyncError('server/locked', 'another server uses this data; stop it, or give this one another --data folder', { cause });
    case READ_ONLY:
    case CANNOT_OPEN:
      return new SyncError('storage/denied', "the server's database cannot be written; check the permissions of its folder", { cause });
    case IO:
      return new SyncError('storage/io', "the disk of the server's database reported an error; check the disk", { cause, retryable: true });
    case CORRUPT:
    case NOT_A_DATABASE:
      return new SyncError('server/damaged', "the server's database is damaged; restore it from a backup", { cause });
    default:
      return error;
  }
}

function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined;
  return error.errcode & 0xff;
}
