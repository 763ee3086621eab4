import { type Member, member, type Role } from '@cloudsync/protocol/rest/workspaces';
import { type List, type RestClient, restPath } from '../rest/rest-client.ts';

/** Who belongs to a workspace, and as what. */
export class MembersResource {
  readonly #rest: RestClient;

  constructor(rest: RestClient) {
    this.#rest = rest;
  }

  list(workspace: string): List<Member> {
    return this.#rest.list(restPath('workspaces', workspace, 'members'), member);
  }

  /** @param who a user's id, or an e-mail address under which he is known. @throws SyncError `server/exists`, `server/not-found` */
  add(workspace: string, who: string, role: Role): Promise<Member> {
    const body = who.includes('@') ? { email: who, role } : { userId: who, role };
    return this.#rest.get(restPath('workspaces', workspace, 'members'), member, { method: 'POST', body });
  }

  update(workspace: string, userId: string, role: Role): Promise<Member> {
    return this.#rest.get(restPath('workspaces', workspace, 'members', userId), member, { method: 'PATCH', body: { role } });
  }

  remove(workspace: string, userId: string): Promise<void> {
    return this.#rest.run(restPath('workspaces', workspace, 'members', userId), { method: 'DELETE' });
  }
}
