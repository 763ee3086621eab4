import type { Environment } from '@cloudsync/engine';
import type { DeliveryQueue, DeliveryRow } from './delivery-queue.ts';
import { sendWebhook, type WebhookOutcome } from './send-webhook.ts';
import { signatureHeaders } from './sign-webhook.ts';
import type { WebhookRegistry } from './webhook-registry.ts';

export interface DelivererOptions {
  readonly queue: DeliveryQueue;
  readonly registry: WebhookRegistry;
  readonly environment: Environment;
  /** Also to addresses that are not public. */
  readonly allowPrivate: boolean;
  /** Told of each attempt. */
  readonly onAttempt?: ((delivery: DeliveryRow, outcome: WebhookOutcome) => void) | undefined;
  /** Told of a failure of the queue itself. */
  readonly onProblem: (error: unknown) => void;
}

/** What a receiver has to answer. */
const TIMEOUT_MS = 5_000;
/** Attempts at once: one receiver that hangs holds up no other. */
const ATTEMPTS_AT_ONCE = 16;
const PER_WEBHOOK_AT_ONCE = 2;
/** Looks into the queue at least so often, whatever it was told. */
const IDLE_MS = 60_000;

/** Empties the queue: sends what is due, waits for what is due next, until it is stopped. */
export class Deliverer {
  readonly #options: DelivererOptions;
  readonly #stopping = new AbortController();
  /** Attempts under way, by delivery. */
  readonly #underWay = new Map<string, { readonly webhook: string; readonly done: Promise<void> }>();
  #wake = Promise.withResolvers<void>();
  #loop: Promise<void> | undefined;

  constructor(options: DelivererOptions) {
    this.#options = options;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** There is something new in the queue. */
  wake(): void {
    this.#wake.resolve();
  }

  /** Breaks off what is under way; the next start makes those attempts again. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.wake();
    await this.#loop;
    await Promise.all([...this.#underWay.values()].map(({ done }) => done));
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#wake = Promise.withResolvers();
      const waitMs = await this.#startDue().catch((error: unknown) => {
        this.#options.onProblem(error);
        return IDLE_MS;
      });
      await this.#sleep(waitMs);
    }
  }

  /** @returns ms until there may be more to start; whatever ends before that wakes this */
  async #startDue(): Promise<number> {
    const { queue, environment } = this.#options;
    while (this.#underWay.size < ATTEMPTS_AT_ONCE) {
      const delivery = await queue.next({ notOf: this.#fullWebhooks(), notThese: [...this.#underWay.keys()] });
      const waitMs = (delivery?.next_attempt_ms ?? Number.POSITIVE_INFINITY) - environment.now();
      if (delivery === undefined || waitMs > 0) return Math.min(IDLE_MS, waitMs);
      this.#start(delivery);
    }
    return IDLE_MS;
  }

  #fullWebhooks(): string[] {
    const webhooks = [...this.#underWay.values()].map(({ webhook }) => webhook);
    return [...new Set(webhooks)].filter((id) => webhooks.filter((webhook) => webhook === id).length >= PER_WEBHOOK_AT_ONCE);
  }

  #start(delivery: DeliveryRow): void {
    const done = this.#attempt(delivery)
      .catch(this.#options.onProblem)
      .finally(() => {
        this.#underWay.delete(delivery.id);
        this.wake();
      });
    this.#underWay.set(delivery.id, { webhook: delivery.webhook, done });
  }

  async #attempt(delivery: DeliveryRow): Promise<void> {
    const { queue, registry, environment, allowPrivate, onAttempt } = this.#options;
    const webhook = await registry.find(delivery.webhook);
    if (webhook === undefined || (webhook.active === 0 && delivery.event !== 'test'))
      return queue.abandon(delivery.id, 'the webhook was switched off');
    const { id, event, body } = delivery;
    const headers = { ...signatureHeaders({ secret: webhook.secret, id, body, nowMs: environment.now() }), 'x-cloudsync-event': event };
    const { signal } = this.#stopping;
    const outcome = await sendWebhook({ url: webhook.url, headers, body, allowPrivate, timeoutMs: TIMEOUT_MS, signal });
    if (signal.aborted && 'error' in outcome) return;
    await queue.record(delivery, outcome);
    onAttempt?.(delivery, outcome);
  }

  async #sleep(ms: number): Promise<void> {
    const ending = new AbortController();
    const slept = this.#options.environment.sleep(ms, ending.signal).catch(() => undefined);
    await Promise.race([this.#wake.promise, slept]);
    ending.abort();
    await slept;
  }
}
