import type { ConflictResolution } from '@cloudsync/engine';
import type { Random } from '../random.ts';

/** Everything about a round that does not change while it runs. */
export interface LiveScenario {
  readonly devices: number;
  readonly conflictResolution: ConflictResolution;
  readonly phases: number;
  /** Mean delay of a frame, in ms. */
  readonly delayMs: number;
  /** How far clocks are apart, at most, in ms. */
  readonly skewMs: number;
  /** How likely each kind of trouble comes between two acts. */
  readonly trouble: Readonly<Record<Trouble, number>>;
}

export const TROUBLES = [
  'cut',
  'vanish',
  'partition',
  'kill-device',
  'kill-server',
  'kill-server-inside',
  'restore',
  'maintain',
  'rights',
] as const;
export type Trouble = (typeof TROUBLES)[number];

const NO_TROUBLE = Object.fromEntries(TROUBLES.map((trouble) => [trouble, 0])) as Record<Trouble, number>;
const RATE_MAX: Readonly<Record<Trouble, number>> = {
  cut: 0.15,
  vanish: 0.08,
  partition: 0.1,
  'kill-device': 0.2,
  'kill-server': 0.15,
  'kill-server-inside': 0.2,
  restore: 0.08,
  maintain: 0.1,
  rights: 0.1,
};

/** Mostly two or three devices with all kinds of trouble; now and then none, so that trouble never hides a plain bug. */
export function drawLiveScenario(random: Random, fixed: Partial<LiveScenario> = {}): LiveScenario {
  const devices = random.pick([1, 2, 2, 2, 3, 3]);
  const conflictResolution = random.pick(['keep-both', 'keep-both', 'newest-wins'] as const);
  const drawn = Object.fromEntries(TROUBLES.map((trouble) => [trouble, random.chance(0.6) ? random.next() * RATE_MAX[trouble] : 0]));
  return {
    devices,
    conflictResolution,
    phases: random.between(1, 2),
    delayMs: random.pick([0, 1, 5, 50, 400]),
    skewMs: random.pick([0, 0, 100, 5_000, 3_600_000]),
    trouble: random.chance(0.15) ? NO_TROUBLE : (drawn as Record<Trouble, number>),
    ...fixed,
  };
}
