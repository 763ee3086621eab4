import { createHash } from 'node:crypto';
import { SyncError } from '@cloudsync/engine';
import type { Page } from '@cloudsync/protocol/rest/envelope';
import type { WebhookDelivery, WebhookEvent, WebhookPayload } from '@cloudsync/protocol/rest/webhooks';
import type { Kysely, Selectable } from 'kysely';
import { decodeCursor, type PageRequest, pageFrom } from '../access/page.ts';
import type { WebhookOutcome } from './send-webhook.ts';
import type { WebhookDeliveriesTable, WebhookTables } from './webhook-tables.ts';

export type DeliveryRow = Selectable<WebhookDeliveriesTable>;

export interface NewDelivery {
  readonly webhook: string;
  readonly workspace: string;
  readonly event: WebhookEvent | 'test';
  /** What happened, the same for the same happening: to put it into the queue twice does nothing the second time. */
  readonly occurrence: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** When it happened. */
  readonly atMs: number;
}

/** What is under way already. */
export interface Excluded {
  /** Ids of webhooks that get no more at the moment. */
  readonly notOf: readonly string[];
  /** Ids of deliveries. */
  readonly notThese: readonly string[];
}

/** When attempts are made, counted from when it happened. */
const ATTEMPTS_AT_MS = [0, 60_000, 300_000, 1_800_000, 7_200_000] as const;
/** Attempts that the server was away for are not made all at once. */
const SPACING_MS = 30_000;
const LOG_KEPT_MS = 30 * 86_400_000;
const INSERTS_AT_ONCE = 200;

/** What is to be delivered and what was: in the database, so a restart loses nothing. */
export class DeliveryQueue {
  readonly #database: Kysely<WebhookTables>;
  readonly #now: () => number;

  constructor({ database, now }: { database: Kysely<WebhookTables>; now: () => number }) {
    this.#database = database;
    this.#now = now;
  }

  /** @returns their ids */
  async add(deliveries: readonly NewDelivery[]): Promise<string[]> {
    const rows = deliveries.map((delivery) => this.#toRow(delivery));
    for (let at = 0; at < rows.length; at += INSERTS_AT_ONCE) {
      const query = this.#database.insertInto('webhook_deliveries').values(rows.slice(at, at + INSERTS_AT_ONCE));
      await query.onConflict((conflict) => conflict.column('id').doNothing()).execute();
    }
    return rows.map(({ id }) => id);
  }

  /** What is to be sent next, once its time has come: the one that waits for longest. */
  async next({ notOf, notThese }: Excluded): Promise<DeliveryRow | undefined> {
    let query = this.#database.selectFrom('webhook_deliveries').selectAll().where('next_attempt_ms', 'is not', null);
    if (notOf.length > 0) query = query.where('webhook', 'not in', notOf);
    if (notThese.length > 0) query = query.where('id', 'not in', notThese);
    return query.orderBy('next_attempt_ms').limit(1).executeTakeFirst();
  }

  /** Writes down what came of an attempt, and when the next one is. */
  async record(delivery: DeliveryRow, outcome: WebhookOutcome): Promise<void> {
    const attempts = delivery.attempts + 1;
    const isDelivered = 'status' in outcome && outcome.status >= 200 && outcome.status < 300;
    const at = ATTEMPTS_AT_MS[attempts];
    const goesOn = !isDelivered && at !== undefined;
    await this.#database
      .updateTable('webhook_deliveries')
      .set({
        attempts,
        state: isDelivered ? 'delivered' : goesOn ? 'pending' : 'failed',
        next_attempt_ms: goesOn ? Math.max(delivery.created_ms + at, this.#now() + SPACING_MS) : null,
        last_attempt_ms: this.#now(),
        status: 'status' in outcome ? outcome.status : null,
        error: 'error' in outcome ? outcome.error.slice(0, 500) : null,
      })
      .where('id', '=', delivery.id)
      .execute();
  }

  /** Gives up on it. */
  async abandon(id: string, error: string): Promise<void> {
    const change = { state: 'failed', next_attempt_ms: null, error } as const;
    await this.#database.updateTable('webhook_deliveries').set(change).where('id', '=', id).execute();
  }

  /** Begins anew with a delivery that failed or arrived. @throws SyncError `server/not-found` */
  async redeliver(webhook: string, id: string): Promise<WebhookDelivery> {
    await this.#database
      .updateTable('webhook_deliveries')
      .set({ state: 'pending', attempts: 0, next_attempt_ms: this.#now() })
      .where('webhook', '=', webhook)
      .where('id', '=', id)
      .execute();
    return this.mustGet(webhook, id);
  }

  /** @throws SyncError `server/not-found` */
  async mustGet(webhook: string, id: string): Promise<WebhookDelivery> {
    const query = this.#database.selectFrom('webhook_deliveries').selectAll().where('webhook', '=', webhook).where('id', '=', id);
    const row = await query.executeTakeFirst();
    if (row === undefined) throw new SyncError('server/not-found', `this webhook has no delivery ${id}`);
    return toDelivery(row);
  }

  /** Newest first. */
  async list(webhook: string, { cursor, limit }: PageRequest): Promise<Page<WebhookDelivery>> {
    let query = this.#database.selectFrom('webhook_deliveries').selectAll().where('webhook', '=', webhook);
    if (cursor !== undefined) {
      const [ms, id = ''] = decodeCursor(cursor).split(' ');
      query = query.where(({ or, and, eb }) =>
        or([eb('created_ms', '<', Number(ms)), and([eb('created_ms', '=', Number(ms)), eb('id', '<', id)])]),
      );
    }
    const rows = await query
      .orderBy('created_ms', 'desc')
      .orderBy('id', 'desc')
      .limit(limit + 1)
      .execute();
    return pageFrom(rows, { limit, cursorOf: (row) => `${row.created_ms} ${row.id}`, item: toDelivery });
  }

  /** Forgets what is over for long. */
  async clean(): Promise<void> {
    const query = this.#database.deleteFrom('webhook_deliveries').where('state', '!=', 'pending');
    await query.where('created_ms', '<', this.#now() - LOG_KEPT_MS).execute();
  }

  #toRow({ webhook, workspace, event, occurrence, data, atMs }: NewDelivery): DeliveryRow {
    const id = `dlv_${createHash('sha256').update(`${webhook} ${occurrence}`).digest('base64url').slice(0, 22)}`;
    const payload: WebhookPayload = { id, type: event, timestamp: new Date(atMs).toISOString(), workspace, data };
    return {
      id,
      webhook,
      workspace,
      event,
      body: JSON.stringify(payload),
      state: 'pending',
      attempts: 0,
      created_ms: this.#now(),
      next_attempt_ms: this.#now(),
      last_attempt_ms: null,
      status: null,
      error: null,
    };
  }
}

function toDelivery(row: DeliveryRow): WebhookDelivery {
  const moment = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
  return {
    id: row.id,
    event: row.event as WebhookDelivery['event'],
    state: row.state,
    attempts: row.attempts,
    createdAt: new Date(row.created_ms).toISOString(),
    nextAttemptAt: moment(row.next_attempt_ms),
    lastAttemptAt: moment(row.last_attempt_ms),
    status: row.status,
    error: row.error,
  };
}
