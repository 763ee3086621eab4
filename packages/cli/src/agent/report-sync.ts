import { hostname } from 'node:os';
import type { SyncReport } from '@cloudsync/protocol/rest/webhooks';
import { clientOf } from '../account/client.ts';
import { nameOfWorkspace } from '../links/find-link.ts';
import type { LinkSetup } from './link-runner.ts';

/** Tells the server how a sync went, for its webhooks. Nobody waits for it, and one that does not arrive is not told again. */
export async function reportSync({ link, account }: LinkSetup, report: SyncReport): Promise<void> {
  if (account === undefined) return;
  try {
    const client = await clientOf(account);
    await client.workspaces.reportSync(nameOfWorkspace(link.workspace), { device: hostname(), ...report });
  } catch {
    // The sync itself is what counts, and its own errors are told by the status.
  }
}
