export { Access } from './access/access.ts';
export { type RunningServer, type ServerOptions, startServer } from './serve.ts';
export { DeviceSocket } from './socket/device-socket.ts';
export { SocketHub } from './socket/socket-hub.ts';
export { type Caller, systemCaller } from './workspace/caller.ts';
export type { Committed } from './workspace/committed.ts';
export type { Workspace } from './workspace/workspace.ts';
export { Workspaces, type WorkspacesOptions } from './workspace/workspaces.ts';
