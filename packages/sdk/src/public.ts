export type { CloudSyncOptions, SyncOptions } from './cloud-sync-client.ts';
export type * from './events.ts';
export type { ConnectionState } from './live/connection.ts';
export type { Following } from './live/follow.ts';
export type { Content, FileRef, ReadOptions, WriteOptions } from './resources/files.ts';
export type { ShareOptions } from './resources/shares.ts';
export type { List, ListPage } from './rest/rest-client.ts';
