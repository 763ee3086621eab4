import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Webhooks and the queue of their deliveries. Columns are described in webhook-tables.ts. */
export const webhookMigrations: Record<string, Migration> = { '0200-webhooks': { up: createWebhooks } };

async function createWebhooks({ schema }: Kysely<never>): Promise<void> {
  await schema
    .createTable('webhooks')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('workspace', 'text', (column) => column.notNull())
    .addColumn('url', 'text', (column) => column.notNull())
    .addColumn('events', 'text', (column) => column.notNull())
    .addColumn('secret', 'text', (column) => column.notNull())
    .addColumn('active', 'integer', (column) => column.notNull())
    .addColumn('created_ms', 'bigint', (column) => column.notNull())
    .execute();
  await schema.createIndex('webhooks_by_workspace').on('webhooks').columns(['workspace', 'id']).execute();
  await schema
    .createTable('webhook_deliveries')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('webhook', 'text', (column) => column.notNull())
    .addColumn('workspace', 'text', (column) => column.notNull())
    .addColumn('event', 'text', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('created_ms', 'bigint', (column) => column.notNull())
    .addColumn('next_attempt_ms', 'bigint')
    .addColumn('last_attempt_ms', 'bigint')
    .addColumn('status', 'integer')
    .addColumn('error', 'text')
    .execute();
  await schema.createIndex('webhook_deliveries_due').on('webhook_deliveries').columns(['next_attempt_ms']).execute();
  await schema.createIndex('webhook_deliveries_log').on('webhook_deliveries').columns(['webhook', 'created_ms', 'id']).execute();
  await schema
    .createTable('webhook_progress')
    .addColumn('workspace', 'text', (column) => column.primaryKey())
    .addColumn('sequence', 'bigint', (column) => column.notNull())
    .execute();
}
