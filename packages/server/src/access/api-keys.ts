import { SyncError } from '@cloudsync/engine';
import type { Page } from '@cloudsync/protocol/rest/envelope';
import { type ApiKey, type CreatedApiKey, SCOPES, type Scope, scope } from '@cloudsync/protocol/rest/users';
import type { Kysely, Selectable } from 'kysely';
import type { AccessTables, ApiKeysTable, UsersTable } from './access-tables.ts';
import { hashOf, isApiKey, isSameHash, newApiKey, prefixOf } from './api-key.ts';
import { decodeCursor, type PageRequest, pageFrom } from './page.ts';
import type { Principal } from './principal.ts';
import { newResourceId, type RandomBytes } from './resource-ids.ts';

export interface ApiKeysOptions {
  readonly database: Kysely<AccessTables>;
  readonly now: () => number;
  readonly randomBytes: RandomBytes;
}

export interface NewKey {
  readonly userId: string;
  readonly name: string;
  /** All when left out. */
  readonly scopes?: readonly Scope[] | undefined;
  readonly expiresMs?: number | undefined;
}

/** Uses of a key are noted this often, not with each request. */
const USE_NOTED_MS = 60_000;
const NOTED_MAX = 10_000;

/** The keys of all users, by their hashes. */
export class ApiKeys {
  readonly #options: ApiKeysOptions;
  /** When the use of a key was written down last, by its id. */
  readonly #notedMs = new Map<string, number>();

  constructor(options: ApiKeysOptions) {
    this.#options = options;
  }

  async create({ userId, name, scopes = SCOPES, expiresMs }: NewKey): Promise<CreatedApiKey> {
    const { key, prefix, hash } = newApiKey(this.#options.randomBytes);
    const row = {
      id: newResourceId('key', this.#options.randomBytes),
      user: userId,
      name,
      prefix,
      hash,
      scopes: SCOPES.filter((each) => scopes.includes(each)).join(' '),
      created_ms: this.#options.now(),
      expires_ms: expiresMs ?? null,
      last_used_ms: null,
      revoked_ms: null,
    };
    await this.#options.database.insertInto('api_keys').values(row).execute();
    return { ...toApiKey(row), key };
  }

  async list(userId: string, { cursor, limit }: PageRequest): Promise<Page<ApiKey>> {
    let query = this.#options.database.selectFrom('api_keys').selectAll().where('user', '=', userId);
    if (cursor !== undefined) query = query.where('id', '>', decodeCursor(cursor));
    const rows = await query
      .orderBy('id')
      .limit(limit + 1)
      .execute();
    return pageFrom(rows, { limit, cursorOf: (row) => row.id, item: toApiKey });
  }

  /** @throws SyncError `server/not-found` when the user has no such key */
  async revoke(userId: string, id: string): Promise<ApiKey> {
    const { database, now } = this.#options;
    await database
      .updateTable('api_keys')
      .set({ revoked_ms: now() })
      .where('id', '=', id)
      .where('user', '=', userId)
      .where('revoked_ms', 'is', null)
      .execute();
    const row = await database.selectFrom('api_keys').selectAll().where('id', '=', id).where('user', '=', userId).executeTakeFirst();
    if (row === undefined) throw new SyncError('server/not-found', `you have no key ${id}`);
    return toApiKey(row);
  }

  /**
   * Whose key this is. Whether it is malformed, unknown or one of a disabled user is not told apart.
   * @throws SyncError `server/unauthenticated`, `server/key-revoked`, `server/key-expired`
   */
  async open(key: string): Promise<Principal> {
    const row = isApiKey(key) ? await this.#find(key) : undefined;
    if (row === undefined || row.disabled_ms !== null)
      throw new SyncError('server/unauthenticated', 'this API key opens nothing here; check it, or make a new one');
    if (row.revoked_ms !== null) throw new SyncError('server/key-revoked', `the key ${row.prefix}… was revoked; use another`);
    const principal: Principal = {
      userId: row.user,
      userName: row.user_name,
      serverRole: row.server_role,
      keyId: row.id,
      keyName: row.name,
      scopes: toScopes(row.scopes),
      keyExpiresMs: row.expires_ms,
    };
    assertNotExpired(principal, this.#options.now());
    return principal;
  }

  async noteUse(id: string): Promise<void> {
    const { database, now } = this.#options;
    if (now() - (this.#notedMs.get(id) ?? Number.NEGATIVE_INFINITY) < USE_NOTED_MS) return;
    if (this.#notedMs.size >= NOTED_MAX) this.#notedMs.clear();
    this.#notedMs.set(id, now());
    await database.updateTable('api_keys').set({ last_used_ms: now() }).where('id', '=', id).execute();
  }

  async #find(key: string): Promise<KeyWithUser | undefined> {
    const candidates = await this.#options.database
      .selectFrom('api_keys')
      .innerJoin('users', 'users.id', 'api_keys.user')
      .selectAll('api_keys')
      .select(['users.name as user_name', 'users.server_role', 'users.disabled_ms'])
      .where('prefix', '=', prefixOf(key))
      .execute();
    const hash = hashOf(key);
    return candidates.find((candidate) => isSameHash(candidate.hash, hash));
  }
}

type KeyWithUser = Selectable<ApiKeysTable> & { user_name: string } & Pick<Selectable<UsersTable>, 'server_role' | 'disabled_ms'>;

/** @throws SyncError `server/key-expired` */
export function assertNotExpired({ keyName, keyExpiresMs }: Principal, nowMs: number): void {
  if (keyExpiresMs !== null && keyExpiresMs <= nowMs)
    throw new SyncError('server/key-expired', `the key “${keyName}” expired on ${new Date(keyExpiresMs).toISOString()}; make a new one`);
}

function toScopes(joined: string): Scope[] {
  return joined
    .split(' ')
    .filter((each) => each !== '')
    .map((each) => scope.parse(each));
}

function toApiKey(row: Selectable<ApiKeysTable>): ApiKey {
  const moment = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    scopes: toScopes(row.scopes),
    createdAt: new Date(row.created_ms).toISOString(),
    expiresAt: moment(row.expires_ms),
    lastUsedAt: moment(row.last_used_ms),
    revokedAt: moment(row.revoked_ms),
  };
}
