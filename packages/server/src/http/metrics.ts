import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** What Prometheus is told. Labels are routes and statuses, never paths, names or users: their number is bounded. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests = new Histogram({
    name: 'cloudsync_http_request_seconds',
    help: 'Requests by route and status',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers: [this.#registry],
  });
  readonly #rows = new Counter({ name: 'cloudsync_journal_rows_total', help: 'Rows committed', registers: [this.#registry] });
  readonly #webhooks = new Counter({
    name: 'cloudsync_webhook_attempts_total',
    help: 'Attempts to deliver webhooks',
    labelNames: ['outcome'],
    registers: [this.#registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  requestDone({ method, route, status, seconds }: { method: string; route: string; status: number; seconds: number }): void {
    this.#requests.observe({ method, route, status: String(status) }, seconds);
  }

  rowsCommitted(count: number): void {
    this.#rows.inc(count);
  }

  webhookAttempted(isDelivered: boolean): void {
    this.#webhooks.inc({ outcome: isDelivered ? 'delivered' : 'failed' });
  }

  /** Something that is counted when it is asked for: open connections. */
  gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect() {
        this.set(read());
      },
    });
  }

  /** In the text format of Prometheus. */
  render(): Promise<string> {
    return this.#registry.metrics();
  }
}
