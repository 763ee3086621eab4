import { isIPv6 } from 'node:net';
import { SyncError } from '@cloudsync/engine';

export interface AttemptBrakeOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Failures that are forgiven. */
  readonly failuresMax?: number;
  /** Wait after the first failure too many; doubles with each further one. */
  readonly firstWaitMs?: number;
  readonly waitMsMax?: number;
  /** A source that behaved for so long starts anew. */
  readonly forgetMs?: number;
  /** Sources remembered; the one that was quiet for longest is forgotten first. */
  readonly sourcesMax?: number;
}

interface Source {
  failures: number;
  lastFailureMs: number;
  blockedUntilMs: number;
}

/**
 * Slows down who guesses: each source (an address, or an address and what it tries to open) has a few failures free, then waits. A
 * success between two failures changes nothing, as whoever guesses may well have a key of his own.
 */
export class AttemptBrake {
  readonly #options: Required<AttemptBrakeOptions>;
  /** The order of a Map is that of insertion: the first was quiet for longest. */
  readonly #sources = new Map<string, Source>();

  constructor(options: AttemptBrakeOptions) {
    this.#options = { failuresMax: 10, firstWaitMs: 1_000, waitMsMax: 300_000, forgetMs: 900_000, sourcesMax: 10_000, ...options };
  }

  /** @throws SyncError `server/too-many-attempts` while the source has to wait */
  assertFree(source: string): void {
    const waitMs = (this.#sources.get(source)?.blockedUntilMs ?? 0) - this.#options.now();
    if (waitMs <= 0) return;
    const seconds = Math.ceil(waitMs / 1000);
    throw new SyncError('server/too-many-attempts', `too many failed attempts; try again in ${seconds} s`, { retryable: true });
  }

  failed(source: string): void {
    const { now, failuresMax, firstWaitMs, waitMsMax, forgetMs, sourcesMax } = this.#options;
    const before = this.#sources.get(source);
    const failures = before === undefined || now() - before.lastFailureMs > forgetMs ? 1 : before.failures + 1;
    const tooMany = failures - failuresMax;
    const waitMs = tooMany <= 0 ? 0 : Math.min(waitMsMax, firstWaitMs * 2 ** Math.min(tooMany - 1, 30));
    this.#sources.delete(source);
    this.#sources.set(source, { failures, lastFailureMs: now(), blockedUntilMs: now() + waitMs });
    for (const oldest of this.#sources.keys()) {
      if (this.#sources.size <= sourcesMax) break;
      this.#sources.delete(oldest);
    }
  }

  /** Sources remembered now. */
  get size(): number {
    return this.#sources.size;
  }
}

/** What counts as one source: an IPv4 address, or the /64 that one customer of an IPv6 provider has. */
export function sourceOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const [head = '', tail] = (address.split('%')[0] as string).split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...Array<string>(Math.max(0, zeros)).fill('0'), ...after].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}
