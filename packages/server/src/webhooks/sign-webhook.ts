import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { RandomBytes } from '../access/resource-ids.ts';

const SECRET_BYTES = 32;

/** `whsec_` and base64, as Standard Webhooks has it. */
export function newWebhookSecret(randomBytes: RandomBytes): string {
  return `whsec_${Buffer.from(randomBytes(SECRET_BYTES)).toString('base64')}`;
}

/**
 * The headers that prove who sent a delivery: those of Standard Webhooks (https://www.standardwebhooks.com), and
 * `X-CloudSync-Signature: sha256=` with the HMAC of the body in hex, whose key is the secret as it was shown, `whsec_` included.
 */
export function signatureHeaders({
  secret,
  id,
  body,
  nowMs,
}: {
  secret: string;
  id: string;
  body: string;
  nowMs: number;
}): Record<string, string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(nowMs / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, new Date(nowMs), body),
    'x-cloudsync-signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  };
}
