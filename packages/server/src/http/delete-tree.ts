import { SyncError } from '@cloudsync/engine';
import { LIMITS } from '@cloudsync/protocol';
import type { Change } from '../journal/change.ts';
import type { Caller } from '../workspace/caller.ts';
import type { Located, Workspace } from '../workspace/workspace.ts';
import { commitAll } from './commit-changes.ts';

/** Entries read at once. */
const PAGE = 1000;
/** What is in a folder that is deleted with everything in it; more would hold up everybody else's commits. */
const ENTRIES_MAX = 100_000;

/**
 * Deletes a folder with everything in it, what lies deepest first. When something in it changes meanwhile, the rest stays.
 * @throws SyncError `server/too-large`, `storage/changed`
 */
export async function deleteTree(workspace: Workspace, caller: Caller, located: Located): Promise<void> {
  const top: Change = { path: located.path, base: located.row.sequence, delete: true };
  const below: Change[] = [];
  for (const { row, path } of entriesBelow(workspace, caller, located)) {
    below.push({ path, base: row.sequence, delete: true });
    if (below.length > ENTRIES_MAX)
      throw new SyncError('server/too-large', `${located.path} holds more than ${ENTRIES_MAX} files; delete the folders in it one by one`);
  }
  const changes = [...below.reverse(), top];
  for (let at = 0; at < changes.length; at += LIMITS.changesMax)
    await commitAll(workspace, caller, changes.slice(at, at + LIMITS.changesMax));
}

/** Folders before what they hold. */
function* entriesBelow(workspace: Workspace, caller: Caller, { row, path }: Located): Generator<Located> {
  if (row.kind !== 'folder') return;
  for (let after: string | undefined; ; ) {
    const { entries, more } = workspace.children(caller, { path, after, limit: PAGE });
    for (const entry of entries) {
      yield entry;
      yield* entriesBelow(workspace, caller, entry);
    }
    if (!more) return;
    after = entries.at(-1)?.row.name;
  }
}
