import { SyncError } from '@cloudsync/engine';
import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { accessMigrations } from '../access/access-migrations.ts';
import { uploadMigrations } from '../http/upload-migrations.ts';
import { webhookMigrations } from '../webhooks/webhook-migrations.ts';
import { coreMigrations } from './core-migrations.ts';
import type { ServerTables } from './server-tables.ts';

const MIGRATIONS: Record<string, Migration> = { ...coreMigrations, ...accessMigrations, ...webhookMigrations, ...uploadMigrations };

/**
 * Brings a database to the newest form. Each migration is done once, in the order of names, all that are missing in one transaction.
 * @throws SyncError `server/newer-version` when a newer CloudSync has used it
 */
export async function migrate(kysely: Kysely<ServerTables>): Promise<void> {
  const migrator = new Migrator({
    db: kysely,
    provider: { getMigrations: async () => MIGRATIONS },
    // Each part of the server has numbers of its own.
    allowUnorderedMigrations: true,
  });
  const tables = await kysely.introspection.getTables({ withInternalKyselyTables: true });
  if (tables.some(({ name }) => name === 'kysely_migration')) {
    const done = await namesDone(kysely);
    const unknown = done.find((name) => MIGRATIONS[name] === undefined);
    if (unknown !== undefined) throw newerVersion(unknown);
  }
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}

async function namesDone(kysely: Kysely<ServerTables>): Promise<string[]> {
  const done = await (kysely as unknown as Kysely<{ kysely_migration: { name: string } }>)
    .selectFrom('kysely_migration')
    .select('name')
    .execute();
  return done.map(({ name }) => name);
}

function newerVersion(migration: string): SyncError {
  return new SyncError(
    'server/newer-version',
    `the server's database was used by a newer CloudSync (it knows ${migration}); start that one, or restore an older backup`,
  );
}
