import { SyncError } from '@cloudsync/engine/model/error';
import { isWithin } from '@cloudsync/engine/model/path';

/** @throws SyncError `path/unsafe` when a folder would become a part of itself */
export function assertNotIntoItself(fromPath: string, toPath: string): void {
  if (fromPath === toPath || !isWithin(fromPath, toPath)) return;
  const message = `${JSON.stringify(fromPath)} cannot be moved into itself, to ${JSON.stringify(toPath)}; it is not moved`;
  throw new SyncError('path/unsafe', message, { path: toPath });
}
