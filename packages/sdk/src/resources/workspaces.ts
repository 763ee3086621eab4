import type { SyncReport } from '@cloudsync/protocol/rest/webhooks';
import {
  type Permission,
  permission,
  type WorkspaceResource,
  type WorkspaceSettings,
  workspace,
  workspaceSettings,
} from '@cloudsync/protocol/rest/workspaces';
import * as z from 'zod';
import { type List, type RestClient, restPath } from '../rest/rest-client.ts';

/** The workspaces that this key's user is a member of. A workspace is named by its id or its name. */
export class WorkspacesResource {
  readonly #rest: RestClient;

  constructor(rest: RestClient) {
    this.#rest = rest;
  }

  list(): List<WorkspaceResource> {
    return this.#rest.list('/workspaces', workspace);
  }

  /** @throws SyncError `server/exists` when the name is taken */
  create(name: string, settings: Partial<WorkspaceSettings> = {}): Promise<WorkspaceResource> {
    return this.#rest.get('/workspaces', workspace, { method: 'POST', body: { name, settings } });
  }

  /** @throws SyncError `server/no-such-workspace` */
  get(idOrName: string): Promise<WorkspaceResource> {
    return this.#rest.get(restPath('workspaces', idOrName), workspace);
  }

  rename(idOrName: string, name: string): Promise<WorkspaceResource> {
    return this.#rest.get(restPath('workspaces', idOrName), workspace, { method: 'PATCH', body: { name } });
  }

  /** Deletes it with all versions of all files. */
  delete(idOrName: string): Promise<void> {
    return this.#rest.run(restPath('workspaces', idOrName), { method: 'DELETE' });
  }

  /** How long versions are kept, and how much may be there. */
  settings(idOrName: string): Promise<WorkspaceSettings> {
    return this.#rest.get(restPath('workspaces', idOrName, 'settings'), workspaceSettings);
  }

  updateSettings(idOrName: string, settings: Partial<WorkspaceSettings>): Promise<WorkspaceSettings> {
    return this.#rest.get(restPath('workspaces', idOrName, 'settings'), workspaceSettings, { method: 'PATCH', body: settings });
  }

  /** Paths with rules of their own. */
  permissions(idOrName: string): Promise<Permission[]> {
    return this.#rest.get(restPath('workspaces', idOrName, 'permissions'), z.array(permission));
  }

  /** Makes or replaces the rule for a path and a user, or `*` for everybody. */
  setPermission(idOrName: string, rule: Permission): Promise<Permission> {
    return this.#rest.get(restPath('workspaces', idOrName, 'permissions'), permission, { method: 'PUT', body: rule });
  }

  removePermission(idOrName: string, { path, user }: Pick<Permission, 'path' | 'user'>): Promise<void> {
    return this.#rest.run(restPath('workspaces', idOrName, 'permissions'), { method: 'DELETE', query: { path, user } });
  }

  /** Tells how a sync of this device went: webhooks for `sync.completed` and `sync.error` are told of it. */
  reportSync(idOrName: string, report: SyncReport): Promise<void> {
    return this.#rest.run(restPath('workspaces', idOrName, 'sync-reports'), { method: 'POST', body: report });
  }
}
