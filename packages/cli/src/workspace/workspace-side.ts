import { join } from 'node:path';
import { openWorkspaceStorage, type WorkspaceStorage } from '@cloudsync/sdk';
import { Credentials } from '../account/credentials.ts';
import { deviceIdentity } from '../device/device-identity.ts';
import { deviceHome, type Surroundings } from '../device/state-home.ts';
import type { WorkspaceRoot } from '../pair/roots.ts';

export interface WorkspaceSideOptions {
  readonly around: Surroundings;
  readonly stateHome: string;
}

/** Connects with the account that `login` remembers for the server. */
export async function openWorkspaceSide(
  { address }: WorkspaceRoot,
  pairDirectory: string,
  { around, stateHome }: WorkspaceSideOptions,
): Promise<WorkspaceStorage> {
  const { endpoint, apiKey } = new Credentials(deviceHome(around)).forHost(address.host);
  return await openWorkspaceStorage({
    endpoint,
    apiKey,
    workspace: address.workspace,
    device: deviceIdentity(stateHome),
    stateFolder: join(pairDirectory, 'workspace'),
    url: address.url,
  });
}
