import { SyncError } from '@cloudsync/engine';
import type { Caller } from '../workspace/caller.ts';
import type { Located, Workspace } from '../workspace/workspace.ts';

/** What is there under an id, as far as the caller may know. @throws SyncError `server/not-found` */
export function locate(workspace: Workspace, caller: Caller, fileId: string): Located {
  const located = workspace.byId(caller, Number(fileId));
  if (located === undefined || located.row.deleted)
    throw new SyncError('server/not-found', `there is no file ${fileId}; it may be in the trash`);
  return located;
}

/** What is there under a path. @throws SyncError `server/not-found` */
export function locatePath(workspace: Workspace, caller: Caller, path: string): Located {
  const located = workspace.stat(caller, path);
  if (located === undefined) throw new SyncError('server/not-found', `there is nothing at ${path}`, { path });
  return located;
}
