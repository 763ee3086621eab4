import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WebhookPayload } from '@cloudsync/protocol/rest/webhooks';
import { Webhook } from 'standardwebhooks';
// biome-ignore lint/correctness/noUndeclaredDependencies: like every test, it takes vitest from the root
import { onTestFinished } from 'vitest';

export interface Delivered {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly payload: WebhookPayload;
}

/** Somebody who is told: a real HTTP server that answers as it is told to. */
export interface Receiver {
  readonly url: string;
  /** The next delivery that has not been looked at. */
  next(): Promise<Delivered>;
}

export type Reply = (response: ServerResponse, delivered: Delivered) => void;

export async function runReceiver(reply: Reply = (response) => void response.end()): Promise<Receiver> {
  const arrived: Delivered[] = [];
  const waiting: ((delivered: Delivered) => void)[] = [];
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const body = Buffer.concat(pieces).toString();
    const delivered = { headers: request.headers, body, payload: JSON.parse(body) as WebhookPayload };
    const waiter = waiting.shift();
    if (waiter === undefined) arrived.push(delivered);
    else waiter(delivered);
    reply(response, delivered);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    async next() {
      const first = arrived.shift();
      return first ?? new Promise((resolve) => waiting.push(resolve));
    },
  };
}

/** Throws when it was not signed with the secret, in the way of Standard Webhooks. */
export function verify({ headers, body }: Delivered, secret: string): void {
  new Webhook(secret).verify(body, headers as Record<string, string>);
}
