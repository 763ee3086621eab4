import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Who may do what. Columns are described in access-tables.ts. */
export const accessMigrations: Record<string, Migration> = { '0100-access': { up: createTables } };

async function createTables(database: Kysely<unknown>): Promise<void> {
  const { schema } = database;
  await schema
    .createTable('users')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('email', 'text', (column) => column.unique())
    .addColumn('server_role', 'text', (column) => column.notNull())
    .addColumn('created_ms', 'bigint', (column) => column.notNull())
    .addColumn('disabled_ms', 'bigint')
    .execute();
  await schema
    .createTable('api_keys')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('user', 'text', (column) => column.notNull().references('users.id'))
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('prefix', 'text', (column) => column.notNull())
    .addColumn('hash', 'blob', (column) => column.notNull().unique())
    .addColumn('scopes', 'text', (column) => column.notNull())
    .addColumn('created_ms', 'bigint', (column) => column.notNull())
    .addColumn('expires_ms', 'bigint')
    .addColumn('last_used_ms', 'bigint')
    .addColumn('revoked_ms', 'bigint')
    .execute();
  await schema.createIndex('api_keys_by_prefix').on('api_keys').column('prefix').execute();
  await schema.createIndex('api_keys_by_user').on('api_keys').columns(['user', 'id']).execute();
  await createWorkspaceTables(database);
  await schema
    .createTable('account_devices')
    .addColumn('user', 'text', (column) => column.notNull().references('users.id'))
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('created_ms', 'bigint', (column) => column.notNull())
    .addColumn('last_seen_ms', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('account_devices_key', ['user', 'id'])
    .execute();
  await schema
    .createTable('audit')
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('at_ms', 'bigint', (column) => column.notNull())
    .addColumn('action', 'text', (column) => column.notNull())
    .addColumn('user', 'text')
    .addColumn('key', 'text')
    .addColumn('workspace', 'text')
    .addColumn('target', 'text')
    .addColumn('address', 'text')
    .addColumn('details', 'text', (column) => column.notNull())
    .execute();
  await schema.createIndex('audit_by_workspace').on('audit').columns(['workspace', 'id']).execute();
}

async function createWorkspaceTables({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('members')
    .addColumn('workspace', 'text', (column) => column.notNull())
    .addColumn('user', 'text', (column) => column.notNull().references('users.id'))
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('added_ms', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('members_key', ['workspace', 'user'])
    .execute();
  await schema.createIndex('members_by_user').on('members').columns(['user', 'workspace']).execute();
  await schema
    .createTable('permissions')
    .addColumn('workspace', 'text', (column) => column.notNull())
    .addColumn('path', 'text', (column) => column.notNull())
    .addColumn('user', 'text', (column) => column.notNull())
    .addColumn('level', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('permissions_key', ['workspace', 'path', 'user'])
    .execute();
  await schema
    .createTable('share_links')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('workspace', 'text', (column) => column.notNull())
    .addColumn('entry', 'bigint', (column) => column.notNull())
    .addColumn('token_hash', 'blob', (column) => column.notNull().unique())
    .addColumn('mode', 'text', (column) => column.notNull())
    .addColumn('password', 'text')
    .addColumn('expires_ms', 'bigint')
    .addColumn('max_downloads', 'bigint')
    .addColumn('downloads', 'bigint', (column) => column.notNull())
    .addColumn('created_by', 'text', (column) => column.notNull())
    .addColumn('created_ms', 'bigint', (column) => column.notNull())
    .execute();
  await schema.createIndex('share_links_by_workspace').on('share_links').columns(['workspace', 'id']).execute();
}
