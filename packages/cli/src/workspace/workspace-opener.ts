import { join } from 'node:path';
import type { WorkspaceStorage } from '@cloudsync/sdk';
import { Credentials } from '../account/credentials.ts';
import { deviceIdentity } from '../device/device-identity.ts';
import { deviceHome, type Surroundings } from '../device/state-home.ts';
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

/** The SDK is loaded when the first workspace is opened, since most pairs have none. */
export function workspaceOpener({ around, stateHome }: WorkspaceOpenerOptions): WorkspaceOpener {
  return async ({ address }, pairDirectory) => {
    const { endpoint, apiKey } = new Credentials(deviceHome(around)).forHost(address.host);
    const { openWorkspaceStorage } = await import('@cloudsync/sdk');
    return await openWorkspaceStorage({
      endpoint,
      apiKey,
      workspace: address.workspace,
      device: deviceIdentity(stateHome),
      stateFolder: join(pairDirectory, 'workspace'),
      url: address.url,
    });
  };
}
