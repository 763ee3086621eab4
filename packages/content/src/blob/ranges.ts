import { SyncError } from '@cloudsync/engine/model/error';

/** What a range past the end of a blob fails with. */
export function pastTheEnd(name: string, offset: number, length: number): SyncError {
  return new SyncError(
    'storage/corrupt-transfer',
    `${name} ends before byte ${offset + length}: it was cut off; a check of the vault says what is affected`,
    {
      path: name,
    },
  );
}

export function notFound(name: string): SyncError {
  return new SyncError('storage/not-found', `${name} is gone; a check of the vault says what is affected`, { path: name });
}

/** @throws SyncError `storage/corrupt-transfer` */
export function assertSize(name: string, size: number, bytesMax: number): void {
  if (size <= bytesMax) return;
  throw new SyncError(
    'storage/corrupt-transfer',
    `${name} has ${size} bytes, more than such a blob can have; a check of the vault says what is affected`,
    {
      path: name,
    },
  );
}
