import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const withoutRowid = sql`without rowid`;

/** The core's part of the schema. A migration that was released is never changed. */
export const coreMigrations: Record<string, Migration> = {
  '0001-journal': {
    async up(db: Kysely<never>): Promise<void> {
      await createWorkspaces(db);
      await createJournal(db);
      await createBookkeeping(db);
    },
  },
  '0002-contents': { up: createContents },
};

async function createWorkspaces({ schema }: Kysely<never>): Promise<void> {
  await schema
    .createTable('workspaces')
    .addColumn('number', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('name', 'text', (column) => column.notNull().unique())
    .addColumn('epoch', 'text', (column) => column.notNull())
    .addColumn('created_ms', 'integer', (column) => column.notNull())
    .addColumn('settings', 'text', (column) => column.notNull())
    .addColumn('chunker_min', 'integer', (column) => column.notNull())
    .addColumn('chunker_average', 'integer', (column) => column.notNull())
    .addColumn('chunker_max', 'integer', (column) => column.notNull())
    .addColumn('chunker_key', 'blob', (column) => column.notNull())
    .addColumn('id_key', 'blob', (column) => column.notNull())
    .addColumn('pack_key', 'blob', (column) => column.notNull())
    .addColumn('indexes', 'text', (column) => column.notNull())
    .addColumn('head', 'integer', (column) => column.notNull())
    .addColumn('horizon', 'integer', (column) => column.notNull())
    .addColumn('files', 'integer', (column) => column.notNull())
    .addColumn('folders', 'integer', (column) => column.notNull())
    .addColumn('bytes', 'integer', (column) => column.notNull())
    .execute();
}

async function createJournal({ schema }: Kysely<never>): Promise<void> {
  await schema
    .createTable('entries')
    .addColumn('workspace', 'integer', (column) => column.notNull())
    .addColumn('id', 'integer', (column) => column.notNull())
    .addColumn('parent', 'integer', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('head', 'integer', (column) => column.notNull())
    .addColumn('deleted', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('entries_key', ['workspace', 'id'])
    .modifyEnd(withoutRowid)
    .execute();
  await schema
    .createIndex('entries_by_name')
    .unique()
    .on('entries')
    .columns(['workspace', 'parent', 'name'])
    .where(sql.ref('deleted'), '=', sql.lit(0))
    .execute();
  await schema.createIndex('entries_by_head').unique().on('entries').columns(['workspace', 'head']).execute();
  await schema
    .createIndex('entries_deleted')
    .on('entries')
    .columns(['workspace', 'head'])
    .where(sql.ref('deleted'), '>', sql.lit(0))
    .execute();
  await schema
    .createTable('versions')
    .addColumn('workspace', 'integer', (column) => column.notNull())
    .addColumn('sequence', 'integer', (column) => column.notNull())
    .addColumn('entry', 'integer', (column) => column.notNull())
    .addColumn('parent', 'integer', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('kind', 'integer', (column) => column.notNull())
    .addColumn('size', 'integer', (column) => column.notNull())
    .addColumn('mtime_ms', 'real', (column) => column.notNull())
    .addColumn('mode', 'integer')
    .addColumn('hash', 'blob')
    .addColumn('target', 'text')
    .addColumn('content', 'blob')
    .addColumn('chunks', 'integer', (column) => column.notNull())
    .addColumn('deleted', 'integer', (column) => column.notNull())
    .addColumn('at_ms', 'integer', (column) => column.notNull())
    .addColumn('author', 'integer', (column) => column.notNull())
    .addColumn('action', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('versions_key', ['workspace', 'sequence'])
    .modifyEnd(withoutRowid)
    .execute();
  await schema.createIndex('versions_by_entry').on('versions').columns(['workspace', 'entry', 'sequence']).execute();
  await schema
    .createTable('stamps')
    .addColumn('workspace', 'integer', (column) => column.notNull())
    .addColumn('sequence', 'integer', (column) => column.notNull())
    .addColumn('stamp', 'blob', (column) => column.notNull())
    .addPrimaryKeyConstraint('stamps_key', ['workspace', 'sequence'])
    .modifyEnd(withoutRowid)
    .execute();
}

async function createBookkeeping({ schema }: Kysely<never>): Promise<void> {
  await schema
    .createTable('authors')
    .addColumn('number', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('user', 'text', (column) => column.notNull())
    .addColumn('device', 'text', (column) => column.notNull())
    .addUniqueConstraint('authors_names', ['user', 'device'])
    .execute();
  await schema
    .createTable('requests')
    .addColumn('workspace', 'integer', (column) => column.notNull())
    .addColumn('author', 'integer', (column) => column.notNull())
    .addColumn('request', 'text', (column) => column.notNull())
    .addColumn('answer', 'text', (column) => column.notNull())
    .addColumn('at_ms', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('requests_key', ['workspace', 'author', 'request'])
    .modifyEnd(withoutRowid)
    .execute();
  await schema.createIndex('requests_by_age').on('requests').column('at_ms').execute();
  await schema
    .createTable('acknowledged')
    .addColumn('workspace', 'integer', (column) => column.notNull())
    .addColumn('author', 'integer', (column) => column.notNull())
    .addColumn('sequence', 'integer', (column) => column.notNull())
    .addColumn('at_ms', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('acknowledged_key', ['workspace', 'author'])
    .modifyEnd(withoutRowid)
    .execute();
}

async function createContents({ schema }: Kysely<never>): Promise<void> {
  await schema
    .createTable('contents')
    .addColumn('workspace', 'integer', (column) => column.notNull())
    .addColumn('content', 'blob', (column) => column.notNull())
    .addColumn('chunks', 'integer', (column) => column.notNull())
    .addColumn('size', 'integer')
    .addColumn('at_ms', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('contents_key', ['workspace', 'content'])
    .modifyEnd(withoutRowid)
    .execute();
  await schema
    .createTable('recipe_parts')
    .addColumn('workspace', 'integer', (column) => column.notNull())
    .addColumn('content', 'blob', (column) => column.notNull())
    .addColumn('first', 'integer', (column) => column.notNull())
    .addColumn('refs', 'blob', (column) => column.notNull())
    .addPrimaryKeyConstraint('recipe_parts_key', ['workspace', 'content', 'first'])
    .execute();
  await schema
    .createTable('chunks')
    .addColumn('workspace', 'integer', (column) => column.notNull())
    .addColumn('id', 'blob', (column) => column.notNull())
    .addColumn('bytes', 'blob', (column) => column.notNull())
    .addColumn('at_ms', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('chunks_key', ['workspace', 'id'])
    .execute();
}
