import { hash } from 'node:crypto';
import { mkdirSync, statSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { SyncError } from '@cloudsync/engine';

/** A Unix socket's path has room for about a hundred bytes (unix(7): 108, on macOS 104, with the NUL at its end). */
const PATH_BYTES_MAX = 100;

/** Where the agent of a device listens: a socket in its home, or, where that path is too long, in a folder of the user's own. */
export function controlSocketPath(home: string, platform: NodeJS.Platform = process.platform): string {
  const name = hash('sha256', home, 'hex').slice(0, 16);
  if (platform === 'win32') return `\\\\.\\pipe\\cloudsync-${name}`;
  const path = join(home, 'agent.sock');
  if (Buffer.byteLength(path) <= PATH_BYTES_MAX) return path;
  return join(process.env.XDG_RUNTIME_DIR || tmpdir(), `cloudsync-${userInfo().uid}`, `${name}.sock`);
}

/**
 * Makes the folder of a socket, for its owner only. One that somebody else made in a shared folder is not used.
 * @throws SyncError `agent/failed`
 */
export function makeSocketFolder(socket: string): void {
  const folder = dirname(socket);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid } = statSync(folder);
  if (process.getuid !== undefined && uid !== process.getuid() && process.getuid() !== 0)
    throw new SyncError('agent/failed', `${folder} belongs to somebody else; set CLOUDSYNC_HOME to a folder with a shorter path`);
}
