import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { assertPublicHost, lookupPublic } from './address-guard.ts';

export interface WebhookToSend {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Also to addresses that are not public. */
  readonly allowPrivate: boolean;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** What came of an attempt: an answer's status, or why there was none. */
export type WebhookOutcome = { readonly status: number } | { readonly error: string };

/** Makes one attempt. Never throws; follows no redirect; reads nothing of the answer but its status. */
export async function sendWebhook(webhook: WebhookToSend): Promise<WebhookOutcome> {
  const timeout = AbortSignal.timeout(webhook.timeoutMs);
  try {
    const url = new URL(webhook.url);
    if (!webhook.allowPrivate) assertPublicHost(webhook.url);
    return { status: await post(url, webhook, webhook.signal === undefined ? timeout : AbortSignal.any([timeout, webhook.signal])) };
  } catch (error) {
    if (timeout.aborted) return { error: `no answer within ${webhook.timeoutMs} ms` };
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

function post(url: URL, { headers, body, allowPrivate }: WebhookToSend, signal: AbortSignal): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const bytes = Buffer.from(body);
  const request = send(url, {
    method: 'POST',
    // A connection of its own: one that is kept might lead to an address that was checked for another name.
    agent: false,
    signal,
    ...(!allowPrivate && { lookup: lookupPublic }),
    headers: { ...headers, 'content-type': 'application/json', 'content-length': bytes.length, 'user-agent': 'CloudSync-Webhooks/1' },
  });
  request.on('response', (response) => {
    resolve(response.statusCode ?? 0);
    response.destroy();
  });
  request.on('error', reject);
  request.end(bytes);
  return promise;
}
