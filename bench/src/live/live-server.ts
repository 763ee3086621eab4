import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cloudsync } from '../cloudsync.ts';
import { Daemon } from './daemon.ts';
import { freePort } from './free-port.ts';

/** `cloudsync serve` as a process of its own. */
export interface LiveServer {
  readonly daemon: Daemon;
  readonly port: number;
  readonly endpoint: string;
  /** Holds the key of the owner. */
  readonly keyFile: string;
}

/** Starts a server that keeps all it has in this folder; a second time on the same port. */
export async function startLiveServer(state: string): Promise<LiveServer> {
  mkdirSync(state, { recursive: true });
  const portFile = join(state, 'port');
  if (!existsSync(portFile)) writeFileSync(portFile, `${await freePort()}`);
  const port = Number(readFileSync(portFile, 'utf8'));
  const keyFile = join(state, 'owner-key');
  const argv = ['serve', '--data', join(state, 'server'), '--port', `${port}`, '--owner-key-file', keyFile];
  const daemon = new Daemon('server', cloudsync(argv, { state: join(state, 'server-home') }));
  await daemon.line(/serves http/);
  return { daemon, port, endpoint: `http://127.0.0.1:${port}`, keyFile };
}
