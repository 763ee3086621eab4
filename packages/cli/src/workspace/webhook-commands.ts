import { SyncError } from '@cloudsync/engine';
import { WEBHOOK_EVENTS, type WebhookEvent } from '@cloudsync/protocol/rest/webhooks';
import type { WebhookFlags, WorkspaceFlags } from '../command-line/live/live-flags.ts';
import { printable } from '../terminal/printable.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { openWorkspace } from './workspace-meant.ts';

interface Asked<Flags> {
  readonly flags: Flags;
  readonly terminal: Terminal;
}

/** `cloudsync webhooks list`. @returns the exit code */
export async function webhookListCommand({ flags, terminal }: Asked<WorkspaceFlags>): Promise<number> {
  const { client, workspace } = await openWorkspace(flags.workspace);
  for await (const webhook of client.webhooks.list(workspace)) {
    const { id, url, events, active } = webhook;
    terminal.out(
      flags.json === true ? JSON.stringify(webhook) : `${id}  ${printable(url)}  ${events.join(' ')}${active ? '' : '  (switched off)'}`,
    );
  }
  return 0;
}

/** `cloudsync webhooks add`. @returns the exit code */
export async function webhookAddCommand(url: string, { flags, terminal }: Asked<WebhookFlags>): Promise<number> {
  const { client, workspace } = await openWorkspace(flags.workspace);
  const events = flags.event?.map(parseEvent) ?? WEBHOOK_EVENTS.filter((event) => event.startsWith('file.'));
  const webhook = await client.webhooks.create(workspace, { url, events });
  if (flags.json === true) terminal.out(JSON.stringify(webhook));
  else {
    terminal.out(`Added the webhook ${webhook.id} for ${webhook.events.join(', ')}`);
    terminal.out(`Its deliveries are signed with this secret, shown this once: ${webhook.secret}`);
  }
  return 0;
}

/** `cloudsync webhooks remove`. @returns the exit code */
export async function webhookRemoveCommand(webhook: string, { flags, terminal }: Asked<WorkspaceFlags>): Promise<number> {
  const { client, workspace } = await openWorkspace(flags.workspace);
  await client.webhooks.delete(workspace, webhook);
  terminal.out(flags.json === true ? JSON.stringify({ removed: webhook }) : `Removed the webhook ${webhook}`);
  return 0;
}

/** `cloudsync webhooks test`: has the server make one delivery. @returns the exit code */
export async function webhookTestCommand(webhook: string, { flags, terminal }: Asked<WorkspaceFlags>): Promise<number> {
  const { client, workspace } = await openWorkspace(flags.workspace);
  const delivery = await client.webhooks.test(workspace, webhook);
  const answer = delivery.status === null ? (delivery.error ?? delivery.state) : `HTTP ${delivery.status}`;
  terminal.out(flags.json === true ? JSON.stringify(delivery) : `Test delivery ${delivery.id}: ${printable(answer)}`);
  return delivery.state === 'failed' ? 1 : 0;
}

function parseEvent(text: string): WebhookEvent {
  const event = WEBHOOK_EVENTS.find((candidate) => candidate === text.toLowerCase());
  if (event === undefined) throw new SyncError('config/invalid', `unknown event ${JSON.stringify(text)}; use ${WEBHOOK_EVENTS.join(', ')}`);
  return event;
}
