import { hash } from 'node:crypto';
import { lstatSync, mkdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { SyncError } from '@cloudsync/engine';

/** A Unix socket's path has room for about a hundred bytes (unix(7): 108, on macOS 104, with the NUL at its end). */
const PATH_BYTES_MAX = 100;
const SOCKET = 'agent.sock';

/** Where the agent of a device listens: a socket in its home, or, where that path is too long, in a folder of the user's own. */
export function controlSocketPath(home: string, platform: NodeJS.Platform = process.platform): string {
  const name = hash('sha256', home, 'hex').slice(0, 16);
  if (platform === 'win32') return `\\\\.\\pipe\\cloudsync-${name}`;
  const path = join(home, SOCKET);
  if (Buffer.byteLength(path) <= PATH_BYTES_MAX) return path;
  return join(process.env.XDG_RUNTIME_DIR || tmpdir(), `cloudsync-${userInfo().uid}`, `${name}.sock`);
}

/** Makes the folder of a socket, for its owner only. @throws SyncError `agent/failed` as {@link assertOwnFolder} does */
export function makeSocketFolder(socket: string): void {
  mkdirSync(dirname(socket), { recursive: true, mode: 0o700 });
  assertOwnFolder(socket);
}

/**
 * A folder that everybody may write to could hold a socket of somebody else: there only a folder is used that is this user's alone.
 * @throws SyncError `agent/failed`
 */
export function assertOwnFolder(socket: string): void {
  if (basename(socket) === SOCKET || process.getuid === undefined) return;
  const folder = dirname(socket);
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  if (stats === undefined || (stats.isDirectory() && stats.uid === process.getuid() && (stats.mode & 0o077) === 0)) return;
  throw new SyncError(
    'agent/failed',
    `${folder} is not this user's alone; remove it, or set CLOUDSYNC_HOME to a folder with a shorter path`,
  );
}
