import { SyncError } from '@cloudsync/engine';
import type { Page } from '@cloudsync/protocol/rest/envelope';
import type { Device } from '@cloudsync/protocol/rest/users';
import type { Kysely, Selectable } from 'kysely';
import type { AccessTables, AccountDevicesTable } from './access-tables.ts';
import { decodeCursor, type PageRequest, pageFrom } from './page.ts';

/** Devices remembered of one user; the one that was away for longest is forgotten. */
const DEVICES_MAX = 1000;

/** From where a user's programs have connected. A name for people and for conflict copies; it opens nothing. */
export class AccountDevices {
  readonly #database: Kysely<AccessTables>;
  readonly #now: () => number;

  constructor({ database, now }: { database: Kysely<AccessTables>; now: () => number }) {
    this.#database = database;
    this.#now = now;
  }

  /** A device connected. A name that its user gave it stays. */
  async seen(userId: string, { id, name }: { readonly id: string; readonly name: string }): Promise<void> {
    const nowMs = this.#now();
    await this.#database
      .insertInto('account_devices')
      .values({ user: userId, id, name, created_ms: nowMs, last_seen_ms: nowMs })
      .onConflict((conflict) => conflict.columns(['user', 'id']).doUpdateSet({ last_seen_ms: nowMs }))
      .execute();
    await this.#forgetOldest(userId);
  }

  async list(userId: string, { cursor, limit }: PageRequest): Promise<Page<Device>> {
    let query = this.#database.selectFrom('account_devices').selectAll().where('user', '=', userId);
    if (cursor !== undefined) query = query.where('id', '>', decodeCursor(cursor));
    const rows = await query
      .orderBy('id')
      .limit(limit + 1)
      .execute();
    return pageFrom(rows, { limit, cursorOf: (row) => row.id, item: toDevice });
  }

  /** @throws SyncError `server/not-found` */
  async rename(userId: string, id: string, name: string): Promise<Device> {
    const device = { user: userId, id };
    const row = await this.#database
      .updateTable('account_devices')
      .set({ name })
      .where(({ and }) => and(device))
      .returningAll()
      .executeTakeFirst();
    if (row === undefined) throw new SyncError('server/not-found', `you have no device ${id}`);
    return toDevice(row);
  }

  /** Forgets it; a device that connects again is a new one. @throws SyncError `server/not-found` */
  async remove(userId: string, id: string): Promise<void> {
    const device = { user: userId, id };
    const { numDeletedRows } = await this.#database
      .deleteFrom('account_devices')
      .where(({ and }) => and(device))
      .executeTakeFirst();
    if (numDeletedRows === 0n) throw new SyncError('server/not-found', `you have no device ${id}`);
  }

  async #forgetOldest(userId: string): Promise<void> {
    const tooMany = this.#database
      .selectFrom('account_devices')
      .select('id')
      .where('user', '=', userId)
      .orderBy('last_seen_ms', 'desc')
      .limit(-1)
      .offset(DEVICES_MAX);
    await this.#database.deleteFrom('account_devices').where('user', '=', userId).where('id', 'in', tooMany).execute();
  }
}

function toDevice(row: Selectable<AccountDevicesTable>): Device {
  return {
    id: row.id,
    name: row.name,
    createdAt: new Date(row.created_ms).toISOString(),
    lastSeenAt: new Date(row.last_seen_ms).toISOString(),
  };
}
