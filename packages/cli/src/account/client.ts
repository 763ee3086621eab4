import type { CloudSync } from '@cloudsync/sdk';
import { deviceHome, surroundings } from '../device/state-home.ts';
import { type Account, Credentials } from './credentials.ts';

/** A client of the server that an account leads to; loaded when it is needed. */
export async function clientOf({ endpoint, apiKey }: Account): Promise<CloudSync> {
  const { CloudSync } = await import('@cloudsync/sdk');
  return new CloudSync({ endpoint, apiKey });
}

/** A client of the server that was logged in to last. @throws SyncError `account/not-logged-in` */
export async function currentClient(): Promise<CloudSync> {
  return await clientOf(new Credentials(deviceHome(surroundings())).current());
}
