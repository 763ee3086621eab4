import { isIP } from 'node:net';
import { type Channel, type Dial, LIMITS, WsChannel } from '@cloudsync/protocol';
import { WebSocket } from 'ws';
import { unreachable } from '../live/wire-error.ts';
import { socketUrl } from '../socket-url.ts';

export interface DialOptions {
  /** `http(s)://host[:port]` of the server. */
  readonly endpoint: string;
  readonly apiKey: string;
}

const HANDSHAKE_MAX_MS = 10_000;

/** Connects to a server's socket. The key goes in a header, never in the address. */
export function dialServer({ endpoint, apiKey }: DialOptions): Dial {
  const url = socketUrl(endpoint);
  // Masks protect proxies that do not know WebSockets: where there are none, they only cost time.
  const masked = url.protocol === 'ws:' && !isLoopback(url.hostname);
  return (signal) =>
    new Promise<Channel>((resolve, reject) => {
      const socket = new WebSocket(url, {
        headers: { authorization: `Bearer ${apiKey}` },
        perMessageDeflate: false,
        maxPayload: LIMITS.frameBytesMax,
        handshakeTimeout: HANDSHAKE_MAX_MS,
        skipUTF8Validation: true,
        ...(masked ? {} : { generateMask: (mask: Buffer) => void mask.fill(0) }),
      });
      const giveUp = (): void => socket.terminate();
      signal.addEventListener('abort', giveUp, { once: true });
      const failed = (error: Error): void => {
        signal.removeEventListener('abort', giveUp);
        reject(unreachable(error.message, error));
      };
      socket.once('error', failed);
      socket.once('open', () => {
        signal.removeEventListener('abort', giveUp);
        socket.off('error', failed);
        resolve(new WsChannel(socket));
      });
      if (signal.aborted) giveUp();
    });
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'));
}
