import { SyncError } from '@cloudsync/engine';
import type { Page } from '@cloudsync/protocol/rest/envelope';
import { type CreatedWebhook, type Webhook, type WebhookEvent, webhookEvent } from '@cloudsync/protocol/rest/webhooks';
import type { Kysely, Selectable, Updateable } from 'kysely';
import { decodeCursor, type PageRequest, pageFrom } from '../access/page.ts';
import { newResourceId, type RandomBytes } from '../access/resource-ids.ts';
import { newWebhookSecret } from './sign-webhook.ts';
import type { WebhooksTable, WebhookTables } from './webhook-tables.ts';

export interface WebhookRegistryOptions {
  readonly database: Kysely<WebhookTables>;
  readonly now: () => number;
  readonly randomBytes: RandomBytes;
}

export interface NewWebhook {
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  readonly secret?: string | undefined;
  readonly active: boolean;
}

export interface WebhookChange {
  readonly url?: string | undefined;
  readonly events?: readonly WebhookEvent[] | undefined;
  readonly active?: boolean | undefined;
}

/** Webhooks of one workspace. */
const WEBHOOKS_MAX = 100;

/** Who wants to be told of what. */
export class WebhookRegistry {
  readonly #options: WebhookRegistryOptions;

  constructor(options: WebhookRegistryOptions) {
    this.#options = options;
  }

  /** @throws SyncError `server/quota-exceeded` */
  async create(workspace: string, { url, events, secret, active }: NewWebhook): Promise<CreatedWebhook> {
    const { database, now, randomBytes } = this.#options;
    if ((await this.list(workspace, { limit: WEBHOOKS_MAX })).data.length >= WEBHOOKS_MAX)
      throw new SyncError('server/quota-exceeded', `a workspace has at most ${WEBHOOKS_MAX} webhooks; remove one first`);
    const row: Selectable<WebhooksTable> = {
      id: newResourceId('whk', randomBytes),
      workspace,
      url,
      events: [...new Set(events)].join(' '),
      secret: secret ?? newWebhookSecret(randomBytes),
      active: active ? 1 : 0,
      created_ms: now(),
    };
    await database.insertInto('webhooks').values(row).execute();
    return { ...toWebhook(row), secret: row.secret };
  }

  async list(workspace: string, { cursor, limit }: PageRequest): Promise<Page<Webhook>> {
    let query = this.#options.database.selectFrom('webhooks').selectAll().where('workspace', '=', workspace);
    if (cursor !== undefined) query = query.where('id', '>', decodeCursor(cursor));
    const rows = await query
      .orderBy('id')
      .limit(limit + 1)
      .execute();
    return pageFrom(rows, { limit, cursorOf: (row) => row.id, item: toWebhook });
  }

  /** @throws SyncError `server/not-found` */
  async mustGet(workspace: string, id: string): Promise<Webhook> {
    const row = await this.find(id);
    if (row?.workspace !== workspace) throw new SyncError('server/not-found', `this workspace has no webhook ${id}`);
    return toWebhook(row);
  }

  /** With its secret, for whoever signs. */
  async find(id: string): Promise<Selectable<WebhooksTable> | undefined> {
    return this.#options.database.selectFrom('webhooks').selectAll().where('id', '=', id).executeTakeFirst();
  }

  /** Those of a workspace that want an event. */
  async wanting(workspace: string, event: WebhookEvent): Promise<string[]> {
    return (await this.active(workspace)).filter(({ events }) => events.includes(event)).map(({ id }) => id);
  }

  async active(workspace: string): Promise<Webhook[]> {
    const query = this.#options.database.selectFrom('webhooks').selectAll().where('workspace', '=', workspace).where('active', '=', 1);
    return (await query.execute()).map(toWebhook);
  }

  /** Ids of all workspaces that have an active webhook. */
  async workspaces(): Promise<string[]> {
    const query = this.#options.database.selectFrom('webhooks').select('workspace').distinct().where('active', '=', 1);
    return (await query.execute()).map(({ workspace }) => workspace);
  }

  /** @throws SyncError `server/not-found` */
  async change(workspace: string, id: string, { url, events, active }: WebhookChange): Promise<Webhook> {
    await this.mustGet(workspace, id);
    const values: Updateable<WebhooksTable> = {
      ...(url !== undefined && { url }),
      ...(events !== undefined && { events: [...new Set(events)].join(' ') }),
      ...(active !== undefined && { active: active ? 1 : 0 }),
    };
    if (Object.keys(values).length > 0) await this.#options.database.updateTable('webhooks').set(values).where('id', '=', id).execute();
    return this.mustGet(workspace, id);
  }

  /** Its log goes with it. @throws SyncError `server/not-found` */
  async remove(workspace: string, id: string): Promise<void> {
    await this.mustGet(workspace, id);
    const { database } = this.#options;
    await database.deleteFrom('webhooks').where('id', '=', id).execute();
    await database.deleteFrom('webhook_deliveries').where('webhook', '=', id).execute();
  }

  async removeWorkspace(workspace: string): Promise<void> {
    for (const table of ['webhooks', 'webhook_deliveries', 'webhook_progress'] as const)
      await this.#options.database.deleteFrom(table).where('workspace', '=', workspace).execute();
  }
}

function toWebhook(row: Selectable<WebhooksTable>): Webhook {
  return {
    id: row.id,
    url: row.url,
    events: row.events.split(' ').map((event) => webhookEvent.parse(event)),
    active: row.active === 1,
    createdAt: new Date(row.created_ms).toISOString(),
  };
}
