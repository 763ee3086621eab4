import { assertSafePath, type Entry, isOwnName, type NameRules, POSIX_NAMES, parentOf, SyncError, whyNotAllowed } from '@cloudsync/engine';
import type { LiveRow, Row } from '../tree/row.ts';
import { changed, isAsExpected, liveRow } from './row-entry.ts';
import type { StagedTree } from './staged-tree.ts';

export { assertSafePath };

/** Any name that is Unicode, as long as Linux and macOS can hold it. */
export const VAULT_NAMES: NameRules = {
  ...POSIX_NAMES,
  refuses: (name) => (name.isWellFormed() ? POSIX_NAMES.refuses(name) : 'it is not Unicode'),
};

/** @throws SyncError `path/unsafe`, `path/name-not-allowed` */
export function assertWritable(path: string): void {
  assertSafePath(path);
  for (const name of path.split('/')) {
    const why = isOwnName(name) ? 'CloudSync keeps this name for itself' : whyNotAllowed(VAULT_NAMES, name);
    if (why !== undefined)
      throw new SyncError('path/name-not-allowed', `${JSON.stringify(path)} cannot exist in a vault: ${why}; rename it`, { path });
  }
}

/** @throws SyncError `storage/changed` when a row is not what the caller saw */
export function assertExpected(path: string, expected: Entry | undefined, row: LiveRow | undefined): void {
  if (!isAsExpected(expected, row)) throw changed(path);
}

/** @throws SyncError `storage/not-found`, `path/unsafe` when a path does not lie in a folder */
export async function assertFolderAbove(tree: StagedTree, path: string): Promise<void> {
  const parent = parentOf(path);
  if (parent !== '') assertFolder(await tree.get(parent), path);
}

/** @param row of the path above */
function assertFolder(row: Row | undefined, path: string): void {
  const kind = liveRow(row)?.kind;
  if (kind === 'folder') return;
  if (kind === 'symlink')
    throw new SyncError('path/unsafe', `${JSON.stringify(path)} is behind a symlink; nothing is written through a symlink`, { path });
  throw new SyncError('storage/not-found', `there is no folder to hold ${JSON.stringify(path)}`, { path });
}

/** What is at a path is what the caller saw, reached through folders. @returns its row, or its tombstone */
export async function lookAgain(tree: StagedTree, path: string, expected: Entry | undefined): Promise<Row | undefined> {
  await assertFolderAbove(tree, path);
  const row = await tree.get(path);
  assertExpected(path, expected, liveRow(row));
  return row;
}

/** The same among rows that were just read, of the paths above too: for many files it takes a fraction of the time. */
export function lookAgainAmong(rows: ReadonlyMap<string, Row>, path: string, expected: Entry | undefined): Row | undefined {
  const parent = parentOf(path);
  if (parent !== '') assertFolder(rows.get(parent), path);
  const row = rows.get(path);
  assertExpected(path, expected, liveRow(row));
  return row;
}

/** @throws SyncError `storage/not-empty` */
export async function assertEmpty(tree: StagedTree, folder: string): Promise<void> {
  if (await tree.hasChildren(folder))
    throw new SyncError('storage/not-empty', `the folder ${JSON.stringify(folder)} is not empty; it stays`, { path: folder });
}
