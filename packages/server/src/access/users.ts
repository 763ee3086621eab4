import { SyncError } from '@cloudsync/engine';
import type { Page } from '@cloudsync/protocol/rest/envelope';
import type { User } from '@cloudsync/protocol/rest/users';
import type { Kysely, Selectable, Updateable } from 'kysely';
import type { AccessTables, UsersTable } from './access-tables.ts';
import { decodeCursor, type PageRequest, pageFrom } from './page.ts';
import { newResourceId, type RandomBytes } from './resource-ids.ts';

export interface UsersOptions {
  readonly database: Kysely<AccessTables>;
  readonly now: () => number;
  readonly randomBytes: RandomBytes;
}

export interface NewUser {
  readonly name: string;
  readonly email?: string | undefined;
  readonly serverRole: User['serverRole'];
}

export interface UserChange {
  readonly name?: string | undefined;
  readonly email?: string | null | undefined;
  readonly serverRole?: User['serverRole'] | undefined;
  readonly disabled?: boolean | undefined;
}

/** Everybody who has, or had, an account on this server. */
export class Users {
  readonly #options: UsersOptions;

  constructor(options: UsersOptions) {
    this.#options = options;
  }

  async isEmpty(): Promise<boolean> {
    return (await this.#options.database.selectFrom('users').select('id').limit(1).executeTakeFirst()) === undefined;
  }

  /** @throws SyncError `server/exists` when the address belongs to somebody */
  async create({ name, email, serverRole }: NewUser): Promise<User> {
    await this.#assertFreeAddress(email);
    const row = {
      id: newResourceId('usr', this.#options.randomBytes),
      name,
      email: email === undefined ? null : normalAddress(email),
      server_role: serverRole,
      created_ms: this.#options.now(),
      disabled_ms: null,
    };
    await this.#options.database.insertInto('users').values(row).execute();
    return toUser(row);
  }

  /** @throws SyncError `server/not-found` */
  async mustGet(id: string): Promise<User> {
    const row = await this.#options.database.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst();
    if (row === undefined) throw new SyncError('server/not-found', `there is no user ${id}`);
    return toUser(row);
  }

  /** Somebody who can be made a member. @throws SyncError `server/not-found` */
  async mustFind(who: { readonly userId?: string | undefined; readonly email?: string | undefined }): Promise<User> {
    const all = this.#options.database.selectFrom('users').selectAll().where('disabled_ms', 'is', null);
    const one = who.userId === undefined ? all.where('email', '=', normalAddress(who.email ?? '')) : all.where('id', '=', who.userId);
    const row = await one.executeTakeFirst();
    if (row === undefined) throw new SyncError('server/not-found', `no user of this server is known as ${who.userId ?? who.email}`);
    return toUser(row);
  }

  /** The first who was made and still is an admin. */
  async firstAdmin(): Promise<User | undefined> {
    const row = await this.#options.database
      .selectFrom('users')
      .selectAll()
      .where('server_role', '=', 'admin')
      .where('disabled_ms', 'is', null)
      .orderBy('created_ms')
      .executeTakeFirst();
    return row && toUser(row);
  }

  async list({ cursor, limit }: PageRequest): Promise<Page<User>> {
    let query = this.#options.database
      .selectFrom('users')
      .selectAll()
      .orderBy('id')
      .limit(limit + 1);
    if (cursor !== undefined) query = query.where('id', '>', decodeCursor(cursor));
    return pageFrom(await query.execute(), { limit, cursorOf: (row) => row.id, item: toUser });
  }

  /** @throws SyncError `server/not-found`, `server/exists`, `server/forbidden` when no admin would be left */
  async change(id: string, { name, email, serverRole, disabled }: UserChange): Promise<User> {
    const before = await this.mustGet(id);
    if (typeof email === 'string' && normalAddress(email) !== before.email) await this.#assertFreeAddress(email);
    if (serverRole === 'member' || disabled === true) await this.#assertNotLastAdmin(before);
    const change: Updateable<UsersTable> = {
      ...(name !== undefined && { name }),
      ...(email !== undefined && { email: email === null ? null : normalAddress(email) }),
      ...(serverRole !== undefined && { server_role: serverRole }),
      ...(disabled !== undefined && { disabled_ms: disabled ? this.#options.now() : null }),
    };
    if (Object.keys(change).length > 0) await this.#options.database.updateTable('users').set(change).where('id', '=', id).execute();
    return this.mustGet(id);
  }

  async #assertFreeAddress(email: string | undefined): Promise<void> {
    if (email === undefined) return;
    const query = this.#options.database.selectFrom('users').select('id').where('email', '=', normalAddress(email));
    if ((await query.executeTakeFirst()) !== undefined) throw new SyncError('server/exists', `another user has the address ${email}`);
  }

  async #assertNotLastAdmin(user: User): Promise<void> {
    if (user.serverRole !== 'admin') return;
    const others = this.#options.database
      .selectFrom('users')
      .select('id')
      .where('server_role', '=', 'admin')
      .where('disabled_ms', 'is', null)
      .where('id', '!=', user.id);
    if ((await others.executeTakeFirst()) === undefined)
      throw new SyncError('server/forbidden', `${user.name} is the only admin of this server; make another one first`);
  }
}

/** Addresses are compared without regard to case, as people do. */
function normalAddress(email: string): string {
  return email.toLowerCase();
}

function toUser(row: Selectable<UsersTable>): User {
  return {
    id: row.id,
    name: row.name,
    email: row.email,
    serverRole: row.server_role,
    createdAt: new Date(row.created_ms).toISOString(),
    disabledAt: row.disabled_ms === null ? null : new Date(row.disabled_ms).toISOString(),
  };
}
