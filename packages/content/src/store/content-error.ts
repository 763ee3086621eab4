import { SyncError } from '@cloudsync/engine/model/error';

/**
 * What a failed read says about the store: an object that is gone or cut off is its damage.
 * @throws the error itself when it says nothing about it (no permission, no network)
 */
export function asContentError(error: unknown, name: string): SyncError {
  if (SyncError.is(error, 'content/damaged') || SyncError.is(error, 'content/missing')) return error;
  if (SyncError.is(error, 'storage/not-found')) {
    return new SyncError('content/missing', `${name} is gone; a check of the vault says what is affected`, { path: name, cause: error });
  }
  if (SyncError.is(error, 'storage/corrupt-transfer')) {
    return new SyncError('content/damaged', `${name} is damaged: it was cut off; a check of the vault says what is affected`, {
      path: name,
      cause: error,
    });
  }
  throw error;
}
