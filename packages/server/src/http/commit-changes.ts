import { ancestorsOf, SyncError, type SyncErrorCode } from '@cloudsync/engine';
import type { Change, ChangeResult } from '../journal/change.ts';
import { isDone } from '../journal/decide-commit.ts';
import type { Caller } from '../workspace/caller.ts';
import type { Located, Workspace } from '../workspace/workspace.ts';
import { etagOf } from './preconditions.ts';

export interface CommitOptions {
  /** The code of a conflict: what is there is not what the request named. */
  readonly onConflict?: SyncErrorCode;
  /** A request that is repeated gets its old answer. */
  readonly requestId?: string;
}

/**
 * Does all of these changes or none.
 * @returns what the last of them is about, as it then is
 * @throws SyncError what a change was refused with, or `onConflict`
 */
export async function commitOne(
  workspace: Workspace,
  caller: Caller,
  changes: readonly Change[],
  options: CommitOptions = {},
): Promise<Located> {
  const last = (await commitAll(workspace, caller, changes, options)).at(-1);
  const located = last && workspace.byId(caller, last.id);
  if (located === undefined) throw new SyncError('storage/changed', 'somebody else has deleted it meanwhile', { retryable: true });
  return located;
}

interface Done {
  readonly sequence: number;
  readonly id: number;
}

/** The same without a look at what came of it. */
export async function commitAll(
  workspace: Workspace,
  caller: Caller,
  changes: readonly Change[],
  options: CommitOptions = {},
): Promise<Done[]> {
  const { onConflict = 'storage/changed', requestId } = options;
  const { results, missing } = await workspace.commit(caller, { atomic: true, changes, ...(requestId !== undefined && { requestId }) });
  if (missing.length > 0) throw new SyncError('content/missing', 'a part of the content is gone; upload it again', { retryable: true });
  const refused = results.findIndex((result) => !isDone(result) && !('error' in result && result.error === 'server/precondition-failed'));
  if (refused >= 0) throw refusalOf(results[refused] as ChangeResult, { path: changes[refused]?.path ?? '', onConflict });
  return results.filter(isDone);
}

function refusalOf(result: ChangeResult, { path, onConflict }: { path: string; onConflict: SyncErrorCode }): SyncError {
  if ('error' in result) return new SyncError(result.error, result.message, { path });
  const head = 'conflict' in result ? result.conflict : undefined;
  const there = head === undefined ? 'nothing is there' : `its version now is ${etagOf(head.sequence)}`;
  return new SyncError(onConflict, `${path} is not what the request says: ${there}; look again`, { path });
}

/** Changes that make the folders above a path which are not there, outermost first. */
export function missingFolders(workspace: Workspace, caller: Caller, { path, nowMs }: { path: string; nowMs: number }): Change[] {
  const missing = [...ancestorsOf(path)].filter((folder) => workspace.stat(caller, folder) === undefined);
  return missing.reverse().map((folder) => ({ path: folder, base: 0, put: { kind: 'folder', size: 0, mtimeMs: nowMs, chunks: 0 } }));
}
