import { realEnvironment } from '@cloudsync/engine';
import type { Dial } from '@cloudsync/protocol';
import { type Me, me } from '@cloudsync/protocol/rest/users';
import { type CloudSyncEvents, Emitter } from './events.ts';
import { type Following, follow } from './live/follow.ts';
import { ActivityResource } from './resources/activity.ts';
import { DevicesResource } from './resources/devices.ts';
import { FilesResource } from './resources/files.ts';
import { KeysResource } from './resources/keys.ts';
import { MembersResource } from './resources/members.ts';
import { SharesResource } from './resources/shares.ts';
import { UsersResource } from './resources/users.ts';
import { VersionsResource } from './resources/versions.ts';
import { WebhooksResource } from './resources/webhooks.ts';
import { WorkspacesResource } from './resources/workspaces.ts';
import { RestClient } from './rest/rest-client.ts';

export interface CloudSyncOptions {
  /** A key of a user: `cs_…`. */
  readonly apiKey: string;
  /** `http(s)://host[:port]` of the server. Default: `http://127.0.0.1:8787`. */
  readonly endpoint?: string | undefined;
  /** Defaults for `sync`, in Node. */
  readonly sync?: SyncOptions | undefined;
  /** As which device changes count. Default: a new one a client, called `sdk`. */
  readonly device?: { readonly id: string; readonly name: string } | undefined;
}

export interface SyncOptions {
  /** `realtime`: goes on until it is stopped; `scheduled`: again after each interval; `manual`: once. Default: `realtime`. */
  readonly mode?: 'realtime' | 'scheduled' | 'manual' | undefined;
  /** Between two syncs of the mode `scheduled`. Default: 60,000. */
  readonly intervalMs?: number | undefined;
  /** What to do when both sides changed one file: `auto-merge`, `latest-wins`, `keep-both`, `ask` and what else engine strategies are called. Default: `auto-merge`. */
  readonly conflictResolution?: string | undefined;
  /** Only the parts of large files travel that the other side lacks. Default: true. */
  readonly deltaSync?: boolean | undefined;
}

const DEFAULT_ENDPOINT = 'http://127.0.0.1:8787';

/** Everything a program does with a server but syncing folders; runs in browsers too. */
export class CloudSyncClient {
  readonly workspaces: WorkspacesResource;
  readonly members: MembersResource;
  readonly files: FilesResource;
  readonly versions: VersionsResource;
  readonly shares: SharesResource;
  readonly webhooks: WebhooksResource;
  readonly keys: KeysResource;
  readonly devices: DevicesResource;
  readonly users: UsersResource;
  readonly activity: ActivityResource;
  protected readonly options: CloudSyncOptions & {
    readonly endpoint: string;
    readonly device: { readonly id: string; readonly name: string };
  };
  protected readonly events = new Emitter<CloudSyncEvents>();
  readonly #rest: RestClient;
  readonly #dial: Dial;
  readonly #open = new Set<{ close(): Promise<void> }>();

  /** @throws SyncError `config/invalid` */
  constructor(options: CloudSyncOptions, dial: (options: { endpoint: string; apiKey: string }) => Dial) {
    const { apiKey, endpoint = DEFAULT_ENDPOINT, device = newDevice() } = options;
    this.options = { ...options, endpoint, device };
    this.#dial = dial({ endpoint, apiKey });
    this.#rest = new RestClient({ endpoint, apiKey });
    this.workspaces = new WorkspacesResource(this.#rest);
    this.members = new MembersResource(this.#rest);
    this.files = new FilesResource(this.#rest);
    this.versions = new VersionsResource(this.#rest, this.files);
    this.shares = new SharesResource(this.#rest, this.files);
    this.webhooks = new WebhooksResource(this.#rest);
    this.keys = new KeysResource(this.#rest);
    this.devices = new DevicesResource(this.#rest);
    this.users = new UsersResource(this.#rest);
    this.activity = new ActivityResource(this.#rest);
  }

  /** Who this key belongs to. @throws SyncError `server/unauthenticated` */
  me(): Promise<Me> {
    return this.#rest.get('/users/me', me);
  }

  /** Calls back for every event of a name. @returns what ends it */
  on<Name extends keyof CloudSyncEvents>(name: Name, listener: (event: CloudSyncEvents[Name]) => void): () => void {
    return this.events.on(name, listener);
  }

  off<Name extends keyof CloudSyncEvents>(name: Name, listener: (event: CloudSyncEvents[Name]) => void): void {
    this.events.off(name, listener);
  }

  /** Emits `change` for everything that happens in a workspace from now on, until it or the client is closed. */
  async follow(workspace: string): Promise<Following> {
    const { device, apiKey } = this.options;
    const following = await follow({
      ...{ workspace, device, key: apiKey, dial: this.#dial, environment: realEnvironment },
      onChange: (change) => this.events.emit('change', change),
    });
    return this.closeWithClient(following);
  }

  /** Ends all that was begun with this client. */
  async close(): Promise<void> {
    const open = [...this.#open];
    this.#open.clear();
    await Promise.all(open.map((one) => one.close()));
  }

  protected closeWithClient<T extends { close(): Promise<void> }>(one: T): T {
    this.#open.add(one);
    return one;
  }
}

function newDevice(): { id: string; name: string } {
  return { id: crypto.randomUUID().replaceAll('-', ''), name: 'sdk' };
}
