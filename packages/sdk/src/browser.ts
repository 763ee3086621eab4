import { dialInBrowser } from './browser-dial.ts';
import { CloudSyncClient, type CloudSyncOptions } from './cloud-sync-client.ts';

/** A client of a CloudSync server for browsers: everything but syncing folders. */
export class CloudSync extends CloudSyncClient {
  /** @throws SyncError `config/invalid` */
  constructor(options: CloudSyncOptions) {
    super(options, dialInBrowser);
  }
}

export * from './public.ts';
