import { SyncError } from '@cloudsync/engine';
import type { Page } from '@cloudsync/protocol/rest/envelope';
import type { Member, Permission, Role } from '@cloudsync/protocol/rest/workspaces';
import type { Kysely } from 'kysely';
import type { AccessTables } from './access-tables.ts';
import { mayChangeRole } from './may-do.ts';
import { decodeCursor, type PageRequest, pageFrom } from './page.ts';

export interface RoleChange {
  readonly workspace: string;
  readonly userId: string;
  /** Undefined: out of the workspace. */
  readonly to: Role | undefined;
  /** Role of the one who asks. */
  readonly actor: Role;
  /** What is wanted: somebody who is no member yet, or one who is. */
  readonly add: boolean;
}

/** Rules in one workspace; more would make every question about a path slow. */
const RULES_MAX = 10_000;

/** Who belongs to which workspace, as what, and which paths are an exception. */
export class Members {
  readonly #database: Kysely<AccessTables>;
  readonly #now: () => number;

  constructor({ database, now }: { database: Kysely<AccessTables>; now: () => number }) {
    this.#database = database;
    this.#now = now;
  }

  async roleOf(workspace: string, userId: string): Promise<Role | undefined> {
    const row = await this.#database
      .selectFrom('members')
      .select('role')
      .where('workspace', '=', workspace)
      .where('user', '=', userId)
      .executeTakeFirst();
    return row?.role;
  }

  /** Workspaces of a user with his role in each, by id. */
  async workspacesOf(userId: string): Promise<{ readonly workspace: string; readonly role: Role }[]> {
    return this.#database.selectFrom('members').select(['workspace', 'role']).where('user', '=', userId).orderBy('workspace').execute();
  }

  async list(workspace: string, { cursor, limit }: PageRequest): Promise<Page<Member>> {
    let query = this.#joined().where('workspace', '=', workspace);
    if (cursor !== undefined) query = query.where('user', '>', decodeCursor(cursor));
    const rows = await query
      .orderBy('user')
      .limit(limit + 1)
      .execute();
    return pageFrom(rows, { limit, cursorOf: (row) => row.user, item: toMember });
  }

  /** @throws SyncError `server/not-found` */
  async mustGet(workspace: string, userId: string): Promise<Member> {
    const row = await this.#joined().where('workspace', '=', workspace).where('user', '=', userId).executeTakeFirst();
    if (row === undefined) throw new SyncError('server/not-found', `${userId} is not a member of this workspace`);
    return toMember(row);
  }

  /** Ids of all workspaces that have an owner. */
  async owned(): Promise<string[]> {
    const rows = await this.#database.selectFrom('members').select('workspace').distinct().where('role', '=', 'owner').execute();
    return rows.map(({ workspace }) => workspace);
  }

  /** The one who makes a workspace owns it. */
  async addOwner(workspace: string, userId: string): Promise<void> {
    await this.#database
      .insertInto('members')
      .values({ workspace, user: userId, role: 'owner', added_ms: this.#now() })
      .onConflict((conflict) => conflict.columns(['workspace', 'user']).doUpdateSet({ role: 'owner' }))
      .execute();
  }

  /**
   * Adds, changes or removes a member. Each is one statement that looks once more at what was decided from, so two changes at once
   * cannot leave a workspace without an owner.
   * @throws SyncError `server/forbidden` (someone above the actor, or nobody would own the workspace), `server/exists`, `server/not-found`
   */
  async changeRole(change: RoleChange): Promise<void> {
    const { workspace, userId, to } = change;
    const from = await this.roleOf(workspace, userId);
    assertRoleChange(change, from);
    if (from === to) return;
    if (!(await this.#write(change, from))) {
      const reason =
        from === 'owner' ? 'is the only owner of this workspace; make another one first' : 'was changed by somebody else; try again';
      throw new SyncError('server/forbidden', `${userId} ${reason}`);
    }
    // Last, so that nobody is a member without the rules that hold him back.
    if (to === undefined)
      await this.#database.deleteFrom('permissions').where('workspace', '=', workspace).where('user', '=', userId).execute();
  }

  async #write({ workspace, userId, to }: RoleChange, from: Role | undefined): Promise<boolean> {
    const member = { workspace, user: userId };
    if (from === undefined) {
      const added = { ...member, role: to as Role, added_ms: this.#now() };
      const query = this.#database.insertInto('members').values(added);
      const { numInsertedOrUpdatedRows } = await query.onConflict((conflict) => conflict.doNothing()).executeTakeFirstOrThrow();
      return numInsertedOrUpdatedRows === 1n;
    }
    const asBefore = { ...member, role: from };
    const owners = this.#database
      .selectFrom('members as other')
      .select('other.user')
      .where('other.workspace', '=', workspace)
      .where('other.role', '=', 'owner')
      .where('other.user', '!=', userId);
    const stays = from === 'owner' ? [owners] : [];
    if (to === undefined) {
      const query = this.#database.deleteFrom('members').where(({ and, exists }) => and([and(asBefore), ...stays.map(exists)]));
      return (await query.executeTakeFirstOrThrow()).numDeletedRows === 1n;
    }
    const query = this.#database
      .updateTable('members')
      .set({ role: to })
      .where(({ and, exists }) => and([and(asBefore), ...stays.map(exists)]));
    return (await query.executeTakeFirstOrThrow()).numUpdatedRows === 1n;
  }

  /** All path rules of a workspace, in the order of their paths. */
  async rules(workspace: string): Promise<Permission[]> {
    return this.#database
      .selectFrom('permissions')
      .select(['path', 'user', 'level'])
      .where('workspace', '=', workspace)
      .orderBy('path')
      .orderBy('user')
      .execute();
  }

  /** @throws SyncError `server/quota-exceeded` */
  async setRule(workspace: string, { path, user, level }: Permission): Promise<void> {
    const { count } = await this.#database
      .selectFrom('permissions')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('workspace', '=', workspace)
      .executeTakeFirstOrThrow();
    if (count >= RULES_MAX)
      throw new SyncError('server/quota-exceeded', `a workspace has at most ${RULES_MAX} path rules; remove one first`);
    await this.#database
      .insertInto('permissions')
      .values({ workspace, path, user, level })
      .onConflict((conflict) => conflict.columns(['workspace', 'path', 'user']).doUpdateSet({ level }))
      .execute();
  }

  /** @throws SyncError `server/not-found` */
  async removeRule(workspace: string, { path, user }: Omit<Permission, 'level'>): Promise<void> {
    const rule = { workspace, path, user };
    const { numDeletedRows } = await this.#database
      .deleteFrom('permissions')
      .where(({ and }) => and(rule))
      .executeTakeFirst();
    if (numDeletedRows === 0n)
      throw new SyncError('server/not-found', `there is no rule for ${user} at ${path === '' ? 'the root' : path}`);
  }

  async removeWorkspace(workspace: string): Promise<void> {
    for (const table of ['share_links', 'members', 'permissions'] as const)
      await this.#database.deleteFrom(table).where('workspace', '=', workspace).execute();
  }

  #joined() {
    return this.#database
      .selectFrom('members')
      .innerJoin('users', 'users.id', 'members.user')
      .select(['members.user', 'members.role', 'members.added_ms', 'users.name', 'users.email']);
  }
}

function assertRoleChange({ userId, to, actor, add }: RoleChange, from: Role | undefined): void {
  if (add && from !== undefined) throw new SyncError('server/exists', `${userId} is a member already, as ${from}; change the role instead`);
  if (!add && from === undefined) throw new SyncError('server/not-found', `${userId} is not a member of this workspace`);
  if (!mayChangeRole(actor, from, to))
    throw new SyncError('server/forbidden', `as ${actor} you cannot make ${from ?? 'a new member'} ${to ?? 'leave'}; ask an owner`);
}

interface JoinedMember {
  readonly user: string;
  readonly role: Role;
  readonly added_ms: number;
  readonly name: string;
  readonly email: string | null;
}

function toMember(row: JoinedMember): Member {
  return { userId: row.user, name: row.name, email: row.email, role: row.role, addedAt: new Date(row.added_ms).toISOString() };
}
