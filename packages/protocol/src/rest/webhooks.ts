import { z } from 'zod';
import { displayName, resourceId, timestamp } from './envelope.ts';

export const WEBHOOK_EVENTS = [
  'file.created',
  'file.modified',
  'file.deleted',
  'file.moved',
  'workspace.member_added',
  'workspace.member_removed',
  'sync.completed',
  'sync.error',
] as const;
export const webhookEvent = z.enum(WEBHOOK_EVENTS).meta({ id: 'WebhookEvent' });
export type WebhookEvent = z.infer<typeof webhookEvent>;

const url = z.url({ protocol: /^https?$/ }).max(2048);
const events = z.array(webhookEvent).min(1).max(WEBHOOK_EVENTS.length);
/** `whsec_` and base64 of 24 to 64 bytes, as Standard Webhooks has it. */
const secret = z.string().regex(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/);

export const webhook = z
  .object({ id: resourceId, url: z.string(), events: z.array(webhookEvent), active: z.boolean(), createdAt: timestamp })
  .meta({ id: 'Webhook' });
export type Webhook = z.infer<typeof webhook>;
export const newWebhook = z.object({ url, events, secret: secret.optional(), active: z.boolean().default(true) });
export const webhookPatch = z.object({ url: url.optional(), events: events.optional(), active: z.boolean().optional() });
/** The only answer that holds the secret which deliveries are signed with. */
export const createdWebhook = webhook.extend({ secret: z.string() }).meta({ id: 'CreatedWebhook' });
export type CreatedWebhook = z.infer<typeof createdWebhook>;

export const webhookDelivery = z
  .object({
    id: resourceId,
    event: z.union([webhookEvent, z.literal('test')]),
    state: z.enum(['pending', 'delivered', 'failed']),
    attempts: z.number().int(),
    createdAt: timestamp,
    nextAttemptAt: timestamp.nullable(),
    lastAttemptAt: timestamp.nullable(),
    /** What the receiver answered last; null when it did not. */
    status: z.number().int().nullable(),
    error: z.string().nullable(),
  })
  .meta({ id: 'WebhookDelivery' });
export type WebhookDelivery = z.infer<typeof webhookDelivery>;

/** How a sync of a device went, told by its agent: those who asked for `sync.completed` or `sync.error` are told. */
export const syncReport = z.object({
  outcome: z.enum(['completed', 'error']),
  /** What people call the device. */
  device: displayName.optional(),
  files: z.number().int().min(0).optional(),
  bytes: z.number().int().min(0).optional(),
  durationMs: z.number().min(0).optional(),
  /** What went wrong. */
  message: z.string().max(1000).optional(),
});
export type SyncReport = z.infer<typeof syncReport>;

/** The body of every delivery. */
export const webhookPayload = z.object({
  id: resourceId,
  type: z.union([webhookEvent, z.literal('test')]),
  timestamp,
  workspace: resourceId,
  data: z.record(z.string(), z.unknown()),
});
export type WebhookPayload = z.infer<typeof webhookPayload>;
