import { SyncError } from '@cloudsync/engine/model/error';

/** An object that is not what was written. `object` is its name in the blob store. */
export function damaged(object: string, problem: string): SyncError {
  return new SyncError('content/damaged', `${object} is damaged: ${problem}; a check of the vault says what is affected`, { path: object });
}
