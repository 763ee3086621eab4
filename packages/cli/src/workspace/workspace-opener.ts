import type { WorkspaceStorage } from '@cloudsync/sdk';
import type { WorkspaceRoot } from '../pair/roots.ts';
import type { WorkspaceSideOptions } from './workspace-side.ts';

/**
 * Opens a workspace as one side of a pair. The folder of the pair's state keeps what is known of the workspace.
 * @throws SyncError `account/not-logged-in`, `server/unauthenticated`, `server/no-such-workspace`, `storage/unreachable` (retryable)
 */
export type WorkspaceOpener = (root: WorkspaceRoot, pairDirectory: string) => Promise<WorkspaceStorage>;

/** What opens the workspaces of a command; its code is loaded when the first one is opened, since most pairs have none. */
export function workspaceOpener(options: WorkspaceSideOptions): WorkspaceOpener {
  return async (root, pairDirectory) => {
    const { openWorkspaceSide } = await import('./workspace-side.ts');
    return await openWorkspaceSide(root, pairDirectory, options);
  };
}
