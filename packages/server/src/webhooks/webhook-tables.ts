/** Moments are milliseconds since 1970. */
export interface WebhooksTable {
  readonly id: string;
  readonly workspace: string;
  url: string;
  /** Joined by a space. */
  events: string;
  /** `whsec_…`: it signs, so it cannot be kept as a hash. */
  readonly secret: string;
  active: number;
  readonly created_ms: number;
}

/** The queue and the log of deliveries at once. */
export interface WebhookDeliveriesTable {
  readonly id: string;
  readonly webhook: string;
  readonly workspace: string;
  readonly event: string;
  /** JSON: what is sent, byte for byte, with each attempt. */
  readonly body: string;
  state: 'pending' | 'delivered' | 'failed';
  attempts: number;
  readonly created_ms: number;
  next_attempt_ms: number | null;
  last_attempt_ms: number | null;
  status: number | null;
  error: string | null;
}

/** How far each workspace's journal has been turned into deliveries. */
export interface WebhookProgressTable {
  readonly workspace: string;
  sequence: number;
}

export interface WebhookTables {
  webhooks: WebhooksTable;
  webhook_deliveries: WebhookDeliveriesTable;
  webhook_progress: WebhookProgressTable;
}
