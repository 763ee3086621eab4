import { assertSafePath, isOwnName, type NameRules, POSIX_NAMES, SyncError, whyNotAllowed } from '@cloudsync/engine';

/** Any name that is Unicode, as long as Linux and macOS can hold it. */
export const WORKSPACE_NAMES: NameRules = {
  ...POSIX_NAMES,
  refuses: (name) => (name.isWellFormed() ? POSIX_NAMES.refuses(name) : 'it is not Unicode'),
};

/** @throws SyncError `path/unsafe`, `path/name-not-allowed` */
export function assertWritable(path: string): void {
  assertSafePath(path);
  for (const name of path.split('/')) {
    const why = isOwnName(name) ? 'CloudSync keeps this name for itself' : whyNotAllowed(WORKSPACE_NAMES, name);
    if (why !== undefined)
      throw new SyncError('path/name-not-allowed', `${JSON.stringify(path)} cannot exist in a workspace: ${why}; rename it`, { path });
  }
}
