import { randomBytes as chance } from 'node:crypto';
import { SyncError } from '@cloudsync/engine';
import type { CreatedApiKey } from '@cloudsync/protocol/rest/users';
import type { Kysely } from 'kysely';
import type { AccessTables } from './access-tables.ts';
import { AccountDevices } from './account-devices.ts';
import { hashOf } from './api-key.ts';
import { ApiKeys, assertNotExpired } from './api-keys.ts';
import { AttemptBrake, sourceOf } from './attempt-brake.ts';
import { AuditLog } from './audit-log.ts';
import { type Action, mayDo, type Refusal, type Subject } from './may-do.ts';
import { Members } from './members.ts';
import { pathRights } from './path-rights.ts';
import type { Principal } from './principal.ts';
import type { RandomBytes } from './resource-ids.ts';
import { ShareLinks } from './share-links.ts';
import { Users } from './users.ts';

export interface AccessOptions {
  readonly database: Kysely<AccessTables>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly randomBytes?: RandomBytes | undefined;
}

/** What has ended or changed; whoever is connected by it is to be asked again, or let go. */
export type AccessChange =
  /** One key, or all of a user. */
  | { readonly type: 'revoked'; readonly keyId?: string; readonly userId: string }
  /** Name or standing on the server. */
  | { readonly type: 'user'; readonly userId: string }
  /** Role or path rules of one member, or of everybody in the workspace. */
  | { readonly type: 'rights'; readonly workspace: string; readonly userId?: string };

/** Keys that opened, and standings, remembered so that a request need not ask the database. */
const REMEMBERED_MAX = 10_000;

/** Who is who, and who may do what: everything that socket and REST ask. */
export class Access {
  readonly users: Users;
  readonly keys: ApiKeys;
  readonly members: Members;
  readonly devices: AccountDevices;
  readonly shares: ShareLinks;
  readonly audit: AuditLog;
  /** Also for passwords of share links. */
  readonly brake: AttemptBrake;
  readonly #now: () => number;
  /** Counts changes. */
  #generation = 0;
  readonly #listeners = new Set<(change: AccessChange) => void>();
  /** By hash of the key, in hex. */
  readonly #principals = new Map<string, Principal>();
  /** By workspace and user. */
  readonly #subjects = new Map<string, Promise<Omit<Subject, 'scopes'> | undefined>>();

  constructor({ database, now, randomBytes = chance }: AccessOptions) {
    const options = { database, now, randomBytes };
    this.users = new Users(options);
    this.keys = new ApiKeys(options);
    this.members = new Members(options);
    this.devices = new AccountDevices(options);
    this.shares = new ShareLinks(options);
    this.audit = new AuditLog(options);
    this.brake = new AttemptBrake({ now });
    this.#now = now;
  }

  /**
   * The owner of a new server and his key, which is told this once.
   * @param another make one more key for the first admin, when his is lost
   * @returns undefined when there is an owner with a key already
   */
  async firstOwner({ another = false }: { another?: boolean } = {}): Promise<CreatedApiKey | undefined> {
    const admin = await this.users.firstAdmin();
    if (admin !== undefined && !another) {
      const keys = await this.keys.list(admin.id, { limit: 1 });
      if (keys.data.length > 0) return undefined;
    }
    const owner = admin ?? (await this.users.create({ name: 'owner', serverRole: 'admin' }));
    return this.keys.create({ userId: owner.id, name: 'owner' });
  }

  /** Workspaces that nobody owns (the server died while one was made) get the first admin as their owner. */
  async adopt(workspaces: readonly string[]): Promise<void> {
    const owned = new Set(await this.members.owned());
    const admin = await this.users.firstAdmin();
    for (const workspace of workspaces)
      if (!owned.has(workspace) && admin !== undefined) {
        await this.members.addOwner(workspace, admin.id);
        await this.audit.add({ action: 'workspace.adopted', workspace, target: admin.id });
      }
  }

  /**
   * Whose key this is. A good one opens without delay, whoever else guesses at the same address.
   * @throws SyncError `server/unauthenticated`, `server/key-expired`, `server/key-revoked`, `server/too-many-attempts`
   */
  async authenticate(key: string, address: string): Promise<Principal> {
    const hash = Buffer.from(hashOf(key)).toString('hex');
    const known = this.#principals.get(hash);
    if (known !== undefined) {
      assertNotExpired(known, this.#now());
      await this.keys.noteUse(known.keyId);
      return known;
    }
    const generation = this.#generation;
    const principal = await this.keys.open(key).catch((error: unknown) => {
      // Only guesses are slowed down: a key that has ended is none, and a good one opens whoever else guesses at the same address.
      if (SyncError.is(error, 'server/unauthenticated')) this.#guessed(sourceOf(address));
      throw error;
    });
    // What was revoked while the database was asked is not remembered.
    if (generation === this.#generation) remember(this.#principals, hash, principal);
    await this.keys.noteUse(principal.keyId);
    return principal;
  }

  /**
   * A user's standing in a workspace.
   * @throws SyncError `server/no-such-workspace` for whoever is not a member: strangers do not learn that it exists
   */
  async subjectIn({ userId, scopes }: Pick<Principal, 'userId' | 'scopes'>, workspace: string): Promise<Subject> {
    const at = `${workspace} ${userId}`;
    let standing = this.#subjects.get(at);
    if (standing === undefined) {
      standing = this.#standingOf(userId, workspace);
      remember(this.#subjects, at, standing);
      standing.catch(() => this.#subjects.delete(at));
    }
    const known = await standing;
    if (known === undefined) throw noSuchWorkspace(workspace);
    return { ...known, scopes };
  }

  /** Told of everything that ends or changes somebody's access, after it is so. Returns how to stop. */
  onChange(listener: (change: AccessChange) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Whoever changes keys, users, members or rules says so here. */
  changed(change: AccessChange): void {
    this.#generation += 1;
    this.#principals.clear();
    this.#subjects.clear();
    for (const listener of this.#listeners) listener(change);
  }

  #guessed(source: string): void {
    this.brake.assertFree(source);
    this.brake.failed(source);
  }

  async #standingOf(userId: string, workspace: string): Promise<Omit<Subject, 'scopes'> | undefined> {
    const role = await this.members.roleOf(workspace, userId);
    return role && { role, rights: pathRights({ role, userId, rules: await this.members.rules(workspace) }) };
  }
}

/** @throws SyncError `server/scope-missing`, `server/forbidden` */
export function assertMayDo(subject: Subject, action: Action, path = ''): void {
  const refusal = mayDo(subject, action, path);
  if (refusal !== undefined) throw refused(refusal, action, path);
}

export function noSuchWorkspace(workspace: string): SyncError {
  return new SyncError('server/no-such-workspace', `you have no workspace ${workspace}; GET /v1/workspaces lists yours`);
}

function refused(refusal: Refusal, action: Action, path: string): SyncError {
  if (refusal === 'scope') return new SyncError('server/scope-missing', `this key is not for ${action}; use one with that scope`);
  if (refusal === 'role') return new SyncError('server/forbidden', `your role does not allow ${action}; ask an admin of the workspace`);
  return new SyncError('server/forbidden', `you may not do this to ${path === '' ? 'the whole workspace' : path}; ask an admin of it`, {
    path,
  });
}

function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= REMEMBERED_MAX) break;
    map.delete(oldest);
  }
}
