import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Environment } from '@cloudsync/engine';
import { LIMITS, WsChannel } from '@cloudsync/protocol';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Access } from '../access/access.ts';
import type { Workspaces } from '../workspace/workspaces.ts';
import { DeviceSocket } from './device-socket.ts';
import { SocketHub } from './socket-hub.ts';

export interface AttachSocketOptions {
  readonly workspaces: Workspaces;
  readonly access: Access;
  readonly environment: Environment;
  /** Told of what is a defect of the server. */
  readonly onDefect?: ((error: unknown) => void) | undefined;
}

export interface AttachedSocket {
  /** How many devices are connected. */
  readonly connections: number;
  /** Lets all devices go. */
  close(): Promise<void>;
}

const SOCKET_PATH = '/v1/socket';
/** So long a device has to say goodbye. */
const GOODBYE_MS = 1_000;

/** Lets devices connect to an HTTP server, at `/v1/socket`. */
export function attachSocket(server: Server, { workspaces, access, environment, onDefect }: AttachSocketOptions): AttachedSocket {
  const hub = new SocketHub({ workspaces, access, environment });
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: LIMITS.frameBytesMax,
    perMessageDeflate: false,
    skipUTF8Validation: true,
  });
  const begin = (socket: WebSocket, request: IncomingMessage): void => {
    const address = request.socket.remoteAddress ?? '';
    new DeviceSocket({ channel: new WsChannel(socket), workspaces, access, hub, environment, address, key: keyIn(request), onDefect });
  };
  const onUpgrade = (request: IncomingMessage, stream: Duplex, head: Buffer): void => {
    if (request.url !== SOCKET_PATH) {
      stream.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, stream, head, begin);
  };
  server.on('upgrade', onUpgrade);
  return {
    get connections() {
      return hub.size;
    },
    async close() {
      server.off('upgrade', onUpgrade);
      hub.close();
      const clients = [...sockets.clients];
      const gone = Promise.all(clients.map((client) => new Promise((resolve) => client.once('close', resolve))));
      const patience = new AbortController();
      await Promise.race([gone, environment.sleep(GOODBYE_MS, patience.signal).catch(() => undefined)]);
      patience.abort();
      for (const client of clients) client.terminate();
      sockets.close();
    },
  };
}

/** Where programs put their key; browsers say it in their first frame. */
function keyIn({ headers }: IncomingMessage): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
}
