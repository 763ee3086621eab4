import {
  type CreatedWebhook,
  createdWebhook,
  type newWebhook,
  type Webhook,
  type WebhookDelivery,
  webhook,
  webhookDelivery,
  type webhookPatch,
} from '@cloudsync/protocol/rest/webhooks';
import type * as z from 'zod';
import { type List, type RestClient, restPath } from '../rest/rest-client.ts';

/** Addresses that are told of what happens in a workspace. */
export class WebhooksResource {
  readonly #rest: RestClient;

  constructor(rest: RestClient) {
    this.#rest = rest;
  }

  list(workspace: string): List<Webhook> {
    return this.#rest.list(restPath('workspaces', workspace, 'webhooks'), webhook);
  }

  /** The answer holds the secret that deliveries are signed with; it is shown this once. */
  create(workspace: string, hook: z.input<typeof newWebhook>): Promise<CreatedWebhook> {
    return this.#rest.get(restPath('workspaces', workspace, 'webhooks'), createdWebhook, { method: 'POST', body: hook });
  }

  update(workspace: string, id: string, patch: z.input<typeof webhookPatch>): Promise<Webhook> {
    return this.#rest.get(restPath('workspaces', workspace, 'webhooks', id), webhook, { method: 'PATCH', body: patch });
  }

  delete(workspace: string, id: string): Promise<void> {
    return this.#rest.run(restPath('workspaces', workspace, 'webhooks', id), { method: 'DELETE' });
  }

  /** Sends a test call. */
  test(workspace: string, id: string): Promise<WebhookDelivery> {
    return this.#rest.get(restPath('workspaces', workspace, 'webhooks', id, 'test'), webhookDelivery, { method: 'POST' });
  }

  deliveries(workspace: string, id: string): List<WebhookDelivery> {
    return this.#rest.list(restPath('workspaces', workspace, 'webhooks', id, 'deliveries'), webhookDelivery);
  }

  /** Tries a delivery once more. */
  redeliver(workspace: string, id: string, deliveryId: string): Promise<WebhookDelivery> {
    const path = restPath('workspaces', workspace, 'webhooks', id, 'deliveries', deliveryId, 'redeliver');
    return this.#rest.get(path, webhookDelivery, { method: 'POST' });
  }
}
