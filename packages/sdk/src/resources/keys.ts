import { type ApiKey, apiKey, type CreatedApiKey, createdApiKey, type newApiKey } from '@cloudsync/protocol/rest/users';
import type * as z from 'zod';
import { type List, type RestClient, restPath } from '../rest/rest-client.ts';

/** The API keys of this key's user. */
export class KeysResource {
  readonly #rest: RestClient;

  constructor(rest: RestClient) {
    this.#rest = rest;
  }

  list(): List<ApiKey> {
    return this.#rest.list('/api-keys', apiKey);
  }

  /** The answer holds the key; it is shown this once. */
  create(key: z.input<typeof newApiKey>): Promise<CreatedApiKey> {
    return this.#rest.get('/api-keys', createdApiKey, { method: 'POST', body: key });
  }

  /** Ends a key, and the connections that were made with it. */
  revoke(id: string): Promise<ApiKey> {
    return this.#rest.get(restPath('api-keys', id), apiKey, { method: 'DELETE' });
  }
}
