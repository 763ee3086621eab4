import { SyncError } from '@cloudsync/engine';

export interface RateLimitOptions {
  /** Requests of one caller in a window. */
  readonly requestsMax: number;
  readonly windowMs: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Callers remembered; the one whose window began first is forgotten first. */
  readonly callersMax?: number;
}

/** What one caller has left, as the headers tell it. */
export interface RateState {
  readonly limit: number;
  readonly remaining: number;
  /** When the next window begins, milliseconds since 1970. */
  readonly resetMs: number;
}

/** So many requests in a window for each caller (a key, or an address without one). */
export class RateLimit {
  readonly #options: Required<RateLimitOptions>;
  /** In the order in which their windows began. */
  readonly #callers = new Map<string, { used: number; resetMs: number }>();

  constructor(options: RateLimitOptions) {
    this.#options = { callersMax: 50_000, ...options };
  }

  /** Counts a request. @returns what is left; `remaining` is −1 for a request that is too many */
  take(caller: string): RateState {
    const { requestsMax, windowMs, now, callersMax } = this.#options;
    let window = this.#callers.get(caller);
    if (window === undefined || window.resetMs <= now()) {
      window = { used: 0, resetMs: now() + windowMs };
      this.#callers.delete(caller);
      this.#callers.set(caller, window);
      for (const first of this.#callers.keys()) {
        if (this.#callers.size <= callersMax) break;
        this.#callers.delete(first);
      }
    }
    window.used += 1;
    return { limit: requestsMax, remaining: Math.max(-1, requestsMax - window.used), resetMs: window.resetMs };
  }

  get size(): number {
    return this.#callers.size;
  }
}

/** `Retry-After` goes with it when there is nothing left. */
export function rateHeaders({ limit, remaining, resetMs }: RateState, nowMs: number): Record<string, string> {
  return {
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(Math.max(0, remaining)),
    'x-ratelimit-reset': String(Math.ceil(resetMs / 1000)),
    ...(remaining < 0 && { 'retry-after': String(Math.max(1, Math.ceil((resetMs - nowMs) / 1000))) }),
  };
}

/** @throws SyncError `server/too-many-requests` */
export function assertWithinRate({ limit, remaining, resetMs }: RateState, nowMs: number): void {
  if (remaining >= 0) return;
  const seconds = Math.max(1, Math.ceil((resetMs - nowMs) / 1000));
  throw new SyncError('server/too-many-requests', `more than ${limit} requests; go on in ${seconds} s`, { retryable: true });
}
