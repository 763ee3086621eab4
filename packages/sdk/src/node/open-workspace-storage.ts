import { type Environment, realEnvironment } from '@cloudsync/engine';
import type { Dial } from '@cloudsync/protocol';
import type { ChangeEvent } from '../events.ts';
import { tellChanges } from '../live/follow.ts';
import { LiveWorkspace } from '../live/live-workspace.ts';
import type { MirrorStore } from '../live/mirror-store.ts';
import { dialServer } from './dial.ts';
import { mirrorInFolder } from './mirror-in-folder.ts';
import { MirrorKeeper } from './mirror-keeper.ts';
import { WorkspaceStorage } from './workspace-storage.ts';

export interface OpenWorkspaceOptions {
  /** `http(s)://host[:port]` of the server. */
  readonly endpoint: string;
  readonly apiKey: string;
  /** Id or name. */
  readonly workspace: string;
  /** As which device its changes count; `id` is up to 64 characters that stay the same. */
  readonly device: { readonly id: string; readonly name: string };
  /** A folder for what is to be kept between two runs; without it the workspace is listed anew at each start. */
  readonly stateFolder?: string | undefined;
  /** What people call it. Default: `cloudsync://host[:port]/workspace`. */
  readonly url?: string | undefined;
  /** See {@link WorkspaceStorage}. */
  readonly tellsOwnChanges?: boolean | undefined;
  /** Only what the other side lacks of large files travels. Default: true. */
  readonly deltaSync?: boolean | undefined;
  /** Told of every change at the server that this storage did not make. */
  readonly onChange?: ((change: ChangeEvent) => void) | undefined;
  /** Where to keep it instead of a folder. */
  readonly mirror?: MirrorStore | undefined;
  /** Clock, timers and dice. Default: the real ones. */
  readonly environment?: Environment | undefined;
  /** How to get a channel. Default: a WebSocket to the endpoint. */
  readonly dial?: Dial | undefined;
}

/**
 * Opens a workspace of a server as a storage: connected and up to date, or, when something of an earlier run is kept and the server is away,
 * without a connection; it comes back by itself.
 * @throws SyncError `storage/unreachable`, `server/unauthenticated`, `server/no-such-workspace`, `server/forbidden`, `config/invalid`
 */
export async function openWorkspaceStorage(options: OpenWorkspaceOptions): Promise<WorkspaceStorage> {
  const { endpoint, apiKey, workspace, device, stateFolder, environment = realEnvironment, tellsOwnChanges, deltaSync, onChange } = options;
  const store = options.mirror ?? (stateFolder === undefined ? undefined : mirrorInFolder(stateFolder));
  const keeper = store && new MirrorKeeper(store);
  const remembered = await keeper?.load();
  const dial = options.dial ?? dialServer({ endpoint, apiKey });
  const live = new LiveWorkspace({ workspace, dial, environment, device, key: apiKey, remembered });
  keeper?.follow(live);
  if (onChange !== undefined) tellChanges(live, onChange);
  const url = options.url ?? `cloudsync://${endpoint.replace(/^https?:\/\//, '').replace(/\/$/, '')}/${workspace}`;
  const storage = new WorkspaceStorage({
    live,
    environment,
    url,
    tellsOwnChanges,
    deltaSync,
    keeper,
  });
  try {
    await live.ready();
  } catch (error) {
    if (live.position !== undefined && live.state.error?.retryable === true) return storage;
    await storage.close();
    throw error;
  }
  return storage;
}
