export { type RunningServer, type ServerOptions, startServer } from './serve.ts';
export type { Caller } from './workspace/caller.ts';
export type { Committed } from './workspace/committed.ts';
export type { Workspace } from './workspace/workspace.ts';
export { Workspaces, type WorkspacesOptions } from './workspace/workspaces.ts';
