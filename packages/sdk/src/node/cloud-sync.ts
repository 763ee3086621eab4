import { join } from 'node:path';
import { type ConflictHandler, parseConflictResolution, STATE_FOLDER } from '@cloudsync/engine';
import { LocalFolder } from '@cloudsync/storages';
import { CloudSyncClient, type CloudSyncOptions, type SyncOptions } from '../cloud-sync-client.ts';
import { dialServer } from './dial.ts';
import { FolderSync } from './folder-sync.ts';
import { openWorkspaceStorage } from './open-workspace-storage.ts';
import { SyncReport } from './sync-report.ts';

/** How one folder is synced; what is left out is as the client's options say. */
export interface FolderSyncOptions extends SyncOptions {
  /** Answers conflicts when `conflictResolution` is `ask`. */
  readonly conflictHandler?: ConflictHandler | undefined;
  /** Lines as in a `.syncignore` file. */
  readonly ignore?: readonly string[] | undefined;
  /** Where what was synced last is kept. Default: `.sync_state` in the folder, which itself is never synced. */
  readonly stateFolder?: string | undefined;
}

/**
 * A client of a CloudSync server.
 *
 * @example
 * const client = new CloudSync({ apiKey, endpoint: 'https://sync.example.org', sync: { mode: 'realtime', conflictResolution: 'auto-merge' } });
 * client.on('sync:complete', ({ duration }) => console.log(`in sync after ${duration} ms`));
 * const sync = await client.sync('./notes', 'notes');
 * await sync.stop();
 */
export class CloudSync extends CloudSyncClient {
  /** @throws SyncError `config/invalid` */
  constructor(options: CloudSyncOptions) {
    super(options, dialServer);
  }

  /**
   * Keeps a folder of this machine the same as a workspace. Resolves when they are the same for the first time; what happens then is a matter of
   * the mode. Events tell of everything; changes at the server are told as `change` too.
   * @throws SyncError why it cannot begin: `storage/unreachable`, `storage/root-missing`, `server/…`, `state/locked` …
   */
  async sync(folder: string, workspace: string, options: FolderSyncOptions = {}): Promise<FolderSync> {
    const {
      mode = 'realtime',
      intervalMs = 60_000,
      conflictResolution = 'auto-merge',
      deltaSync = true,
    } = { ...this.options.sync, ...options };
    const { conflictHandler, ignore = [], stateFolder = join(folder, STATE_FOLDER) } = options;
    const resolution = parseConflictResolution(conflictResolution);
    const { endpoint, apiKey, device } = this.options;
    const remote = await openWorkspaceStorage({
      ...{ endpoint, apiKey, workspace, device, stateFolder, deltaSync },
      onChange: (change) => this.events.emit('change', change),
    });
    const sync = new FolderSync({
      ...{ local: new LocalFolder(folder, { tellsOwnChanges: false }), remote, stateFolder, mode, intervalMs, conflictHandler, ignore },
      conflictResolution: resolution,
      report: new SyncReport({ folder, workspace }, this.events),
    });
    return this.closeWithClient(await sync.start());
  }
}
