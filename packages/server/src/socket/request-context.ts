import { SyncError } from '@cloudsync/engine';
import type { Access } from '../access/access.ts';
import type { Workspaces } from '../workspace/workspaces.ts';
import type { Device, Peer } from './device.ts';
import type { OpenWorkspace } from './open-workspace.ts';
import type { SocketHub } from './socket-hub.ts';

/** What the requests of one device work with. */
export interface RequestContext {
  readonly workspaces: Workspaces;
  readonly access: Access;
  readonly hub: SocketHub;
  readonly device: Device;
  readonly peer: Peer;
  /** Workspaces that it opened, by id. */
  readonly opened: Map<string, OpenWorkspace>;
}

/** A workspace that was opened on this connection. @throws SyncError `server/unavailable`: it never was, or its member's rights changed */
export function mustBeOpen({ opened }: RequestContext, id: string): OpenWorkspace {
  const open = opened.get(id);
  if (open?.isOpen === true) return open;
  const message = `the workspace ${id} is not open on this connection; open it first`;
  throw new SyncError('server/unavailable', message, { retryable: true });
}
