import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Uploads that go on after a broken connection. Columns are described in upload-tables.ts. */
export const uploadMigrations: Record<string, Migration> = { '0300-uploads': { up: createUploads } };

async function createUploads({ schema }: Kysely<never>): Promise<void> {
  await schema
    .createTable('uploads')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('workspace', 'text', (column) => column.notNull())
    .addColumn('user', 'text', (column) => column.notNull())
    .addColumn('path', 'text', (column) => column.notNull())
    .addColumn('size', 'bigint')
    .addColumn('hash', 'text')
    .addColumn('mtime_ms', 'real')
    .addColumn('mode', 'integer')
    .addColumn('base', 'bigint')
    .addColumn('expires_ms', 'bigint', (column) => column.notNull())
    .execute();
  await schema.createIndex('uploads_by_user').on('uploads').columns(['user', 'workspace']).execute();
}
