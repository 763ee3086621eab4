export type { MirrorStore } from './live/mirror-store.ts';
export { type OpenWorkspaceOptions, openWorkspaceStorage } from './node/open-workspace-storage.ts';
export type { WorkspaceStorage } from './node/workspace-storage.ts';
