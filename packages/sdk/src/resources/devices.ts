import { type Device, device } from '@cloudsync/protocol/rest/users';
import { type List, type RestClient, restPath } from '../rest/rest-client.ts';

/** Devices from which this key's user has connected. */
export class DevicesResource {
  readonly #rest: RestClient;

  constructor(rest: RestClient) {
    this.#rest = rest;
  }

  list(): List<Device> {
    return this.#rest.list('/devices', device);
  }

  rename(id: string, name: string): Promise<Device> {
    return this.#rest.get(restPath('devices', id), device, { method: 'PATCH', body: { name } });
  }

  /** Forgets it; when it connects again it is a new one. */
  remove(id: string): Promise<void> {
    return this.#rest.run(restPath('devices', id), { method: 'DELETE' });
  }
}
