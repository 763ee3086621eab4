import type { WorkspaceStorage } from '@cloudsync/sdk';
import type { Surroundings } from '../device/state-home.ts';
import type { WorkspaceRoot } from '../pair/roots.ts';

/**
 * Opens a workspace as one side of a pair. The folder of the pair's state keeps what is known of the workspace.
 * @throws SyncError `account/not-logged-in`, `server/unauthenticated`, `server/no-such-workspace`, `storage/unreachable` (retryable)
 */
export type WorkspaceOpener = (root: WorkspaceRoot, pairDirectory: string) => Promise<WorkspaceStorage>;

export interface WorkspaceOpenerOptions {
  readonly around: Surroundings;
  readonly stateHome: string;
}

/** What opens the workspaces of a command; its code is loaded when the first one is opened, since most pairs have none. */
export function workspaceOpener(options: WorkspaceOpenerOptions): WorkspaceOpener {
  return async (root, pairDirectory) => {
    const { openWorkspaceSide } = await import('./workspace-side.ts');
    return await openWorkspaceSide(root, pairDirectory, options);
  };
}
