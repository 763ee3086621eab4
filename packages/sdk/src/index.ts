export type { MirrorStore } from './live/mirror-store.ts';
export { CloudSync, type FolderSyncOptions } from './node/cloud-sync.ts';
export type { FolderSync } from './node/folder-sync.ts';
export { type OpenWorkspaceOptions, openWorkspaceStorage } from './node/open-workspace-storage.ts';
export type { WorkspaceStorage } from './node/workspace-storage.ts';
export * from './public.ts';
