import { type Activity, activity } from '@cloudsync/protocol/rest/files';
import { type List, type RestClient, restPath } from '../rest/rest-client.ts';

/** Who changed what. */
export class ActivityResource {
  readonly #rest: RestClient;

  constructor(rest: RestClient) {
    this.#rest = rest;
  }

  /** Of a workspace, the latest first. */
  list(workspace: string): List<Activity> {
    return this.#rest.list(restPath('workspaces', workspace, 'activity'), activity);
  }
}
