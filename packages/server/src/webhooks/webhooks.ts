import type { Environment } from '@cloudsync/engine';
import type { CreatedWebhook, Webhook, WebhookDelivery, WebhookEvent } from '@cloudsync/protocol/rest/webhooks';
import type { Kysely } from 'kysely';
import { newResourceId, type RandomBytes } from '../access/resource-ids.ts';
import type { Workspaces } from '../workspace/workspaces.ts';
import { assertPublicHost } from './address-guard.ts';
import { Deliverer } from './deliverer.ts';
import { DeliveryQueue, type DeliveryRow } from './delivery-queue.ts';
import { JournalPump } from './journal-pump.ts';
import type { WebhookOutcome } from './send-webhook.ts';
import { type NewWebhook, type WebhookChange, WebhookRegistry } from './webhook-registry.ts';
import type { WebhookTables } from './webhook-tables.ts';

export interface WebhooksOptions {
  readonly database: Kysely<WebhookTables>;
  readonly workspaces: Workspaces;
  readonly environment: Environment;
  readonly randomBytes: RandomBytes;
  /** Also to addresses that are not public. */
  readonly allowPrivate: boolean;
  readonly onAttempt?: ((delivery: DeliveryRow, outcome: WebhookOutcome) => void) | undefined;
  readonly onProblem: (error: unknown) => void;
}

/** Tells other programs what happens: events become deliveries in the database, deliveries are sent until they arrive. */
export class Webhooks {
  readonly registry: WebhookRegistry;
  readonly deliveries: DeliveryQueue;
  readonly #options: WebhooksOptions;
  readonly #pump: JournalPump;
  readonly #deliverer: Deliverer;
  #unsubscribe: (() => void) | undefined;

  constructor(options: WebhooksOptions) {
    const { database, environment, onProblem, onAttempt, allowPrivate } = options;
    const { now } = environment;
    this.#options = options;
    this.registry = new WebhookRegistry({ database, now, randomBytes: options.randomBytes });
    this.deliveries = new DeliveryQueue({ database, now });
    const { registry, deliveries: queue } = this;
    this.#deliverer = new Deliverer({ queue, registry, environment, allowPrivate, onAttempt, onProblem });
    const onAdded = (): void => this.#deliverer.wake();
    this.#pump = new JournalPump({ database, workspaces: options.workspaces, registry, queue, onAdded, onProblem });
  }

  async start(): Promise<void> {
    await this.#pump.start();
    this.#unsubscribe = this.#options.workspaces.onCommitted(({ workspace }) => this.#pump.notice(workspace.id));
    this.#deliverer.start();
  }

  async close(): Promise<void> {
    this.#unsubscribe?.();
    await this.#pump.stop();
    await this.#deliverer.stop();
  }

  /** @throws SyncError `server/invalid` for an address that is not public, `server/quota-exceeded` */
  async create(workspace: string, webhook: NewWebhook): Promise<CreatedWebhook> {
    this.#assertUrl(webhook.url);
    const created = await this.registry.create(workspace, webhook);
    await this.#pump.refresh();
    return created;
  }

  /** @throws SyncError `server/not-found`, `server/invalid` */
  async change(workspace: string, id: string, change: WebhookChange): Promise<Webhook> {
    if (change.url !== undefined) this.#assertUrl(change.url);
    const changed = await this.registry.change(workspace, id, change);
    await this.#pump.refresh();
    return changed;
  }

  /** @throws SyncError `server/not-found` */
  async remove(workspace: string, id: string): Promise<void> {
    await this.registry.remove(workspace, id);
    await this.#pump.refresh();
  }

  async removeWorkspace(workspace: string): Promise<void> {
    await this.registry.removeWorkspace(workspace);
    await this.#pump.refresh();
  }

  /** Something happened that no journal tells of. */
  async emit(workspace: string, event: Exclude<WebhookEvent, `file.${string}`>, data: Readonly<Record<string, unknown>>): Promise<void> {
    const wanting = await this.registry.wanting(workspace, event);
    if (wanting.length === 0) return;
    const { environment, randomBytes } = this.#options;
    const occurrence = newResourceId('evt', randomBytes);
    const atMs = environment.now();
    await this.deliveries.add(wanting.map((webhook) => ({ webhook, workspace, event, occurrence, data, atMs })));
    this.#deliverer.wake();
  }

  /** A delivery of nothing, to try it out. @throws SyncError `server/not-found` */
  async test(workspace: string, id: string): Promise<WebhookDelivery> {
    await this.registry.mustGet(workspace, id);
    const { environment, randomBytes } = this.#options;
    const occurrence = newResourceId('evt', randomBytes);
    const data = { message: 'a test of this webhook' };
    const made = await this.deliveries.add([{ webhook: id, workspace, event: 'test', occurrence, data, atMs: environment.now() }]);
    this.#deliverer.wake();
    return this.deliveries.mustGet(id, made[0] as string);
  }

  /** @throws SyncError `server/not-found` */
  async redeliver(workspace: string, id: string, delivery: string): Promise<WebhookDelivery> {
    await this.registry.mustGet(workspace, id);
    const again = await this.deliveries.redeliver(id, delivery);
    this.#deliverer.wake();
    return again;
  }

  #assertUrl(url: string): void {
    if (!this.#options.allowPrivate) assertPublicHost(url);
  }
}
