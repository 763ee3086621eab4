import type { CloudSync } from '@cloudsync/sdk';
import type { Account } from './credentials.ts';

/** A client of the server that an account leads to; loaded when it is needed. */
export async function clientOf({ endpoint, apiKey }: Account): Promise<CloudSync> {
  const { CloudSync } = await import('@cloudsync/sdk');
  return new CloudSync({ endpoint, apiKey });
}
