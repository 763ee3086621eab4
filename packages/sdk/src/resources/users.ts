import { type CreatedUser, createdUser, type newUser, type User, user } from '@cloudsync/protocol/rest/users';
import type * as z from 'zod';
import { type List, type RestClient, restPath } from '../rest/rest-client.ts';

/** The users of a server; for its admins. */
export class UsersResource {
  readonly #rest: RestClient;

  constructor(rest: RestClient) {
    this.#rest = rest;
  }

  list(): List<User> {
    return this.#rest.list('/users', user);
  }

  /** The only answer that holds the user's first key. @throws SyncError `server/exists`, `server/forbidden` */
  create(request: z.input<typeof newUser>): Promise<CreatedUser> {
    return this.#rest.get('/users', createdUser, { method: 'POST', body: request });
  }

  /** Closes the user's connections and refuses his keys; nothing of his is deleted. */
  disable(id: string): Promise<User> {
    return this.#rest.get(restPath('users', id), user, { method: 'PATCH', body: { disabled: true } });
  }
}
