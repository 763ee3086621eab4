import type { Random } from '../random.ts';

/** What can go wrong in a {@link StrictStorage}. */
export const FAULT_KINDS = [
  /** The call fails and nothing was done. */
  'error-before',
  /** It was done, and the answer is lost. */
  'error-after',
  /** The last part of an upload never arrives. */
  'short-write',
  /** The answer takes minutes. */
  'slow',
  /** A listing shows some entries as they were when this client last looked. */
  'stale-listing',
  /** A file is deleted between the listing and the moment it is read or written. */
  'vanished',
  'no-space',
  /** Somebody saves the file while it is being read. */
  'edited-while-read',
  /** A folder cannot be read now. */
  'unreadable',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/** How likely each fault is at each occasion; what is left out never happens. */
export type FaultRates = Partial<Readonly<Record<FaultKind, number>>>;

export interface FaultsOptions {
  readonly random: Random;
  readonly rates: FaultRates;
  /** Asked before a drawn fault fires; a shrinker says no to find out which faults matter. */
  readonly permit?: (kind: FaultKind) => boolean;
}

/** Draws faults and counts those that fired, so that a test can prove that they did. */
export class Faults {
  readonly counts: Record<FaultKind, number> = noFaults();
  readonly #options: FaultsOptions;
  /** A healed storage draws nothing. */
  enabled = true;

  constructor(options: FaultsOptions) {
    this.#options = options;
  }

  get random(): Random {
    return this.#options.random;
  }

  /** Whether this fault happens here and now. */
  fires(kind: FaultKind): boolean {
    const { random, rates, permit } = this.#options;
    const rate = this.enabled ? rates[kind] : undefined;
    if (rate === undefined || !random.chance(rate) || permit?.(kind) === false) return false;
    this.counts[kind]++;
    return true;
  }
}

export function noFaults(): Record<FaultKind, number> {
  return Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])) as Record<FaultKind, number>;
}
