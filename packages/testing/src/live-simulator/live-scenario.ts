import type { ConflictResolution } from '@cloudsync/engine';
import type { Random } from '../random.ts';

/** What goes wrong in a world, besides what its users do to each other. */
export const TROUBLES = [
  /** A device's connection is reset. */
  'cut',
  /** It ends and nobody is told. */
  'vanish',
  /** Nothing comes through for a while. */
  'partition',
  'kill-device',
  'kill-server',
  /** The server dies in the middle of what it does about a frame. */
  'kill-server-inside',
  /** The server's disk is an older one. */
  'restore',
  'maintain',
  /** The editor's role changes, or a rule for a path. */
  'rights',
] as const;
export type Trouble = (typeof TROUBLES)[number];
/** How likely each kind of trouble comes between two acts. */
export type TroubleRates = Readonly<Record<Trouble, number>>;

/** Everything about a round that does not change while it runs. */
export interface LiveScenario {
  readonly devices: number;
  readonly conflictResolution: ConflictResolution;
  readonly phases: number;
  /** Mean delay of a frame, in ms. */
  readonly delayMs: number;
  /** How far clocks are apart, at most, in ms. */
  readonly skewMs: number;
  readonly trouble: TroubleRates;
}

export const CALM = Object.fromEntries(TROUBLES.map((trouble) => [trouble, 0])) as TroubleRates;

const RATE_MAX: TroubleRates = {
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

/** Worlds with much of one kind of trouble, in which rare meetings are not rare. */
const THEMES: readonly Partial<LiveScenario>[] = [
  { trouble: { ...CALM, restore: 0.4, 'kill-device': 0.5, 'kill-server': 0.1 }, phases: 2 },
  { trouble: { ...CALM, rights: 0.5, cut: 0.1, 'kill-device': 0.1, 'kill-server': 0.1 }, devices: 3 },
  { trouble: { ...CALM, cut: 0.6, 'kill-device': 0.3, 'kill-server': 0.1 }, devices: 3, delayMs: 400 },
];

/** Mostly two or three devices with all kinds of trouble; now and then much of one kind, or none, so that trouble never hides a plain bug. */
export function drawLiveScenario(random: Random, fixed: Partial<LiveScenario> = {}): LiveScenario {
  const rates = Object.fromEntries(TROUBLES.map((trouble) => [trouble, random.chance(0.6) ? random.next() * RATE_MAX[trouble] : 0]));
  const drawn: LiveScenario = {
    devices: random.pick([1, 2, 2, 2, 3, 3]),
    conflictResolution: random.pick(['keep-both', 'keep-both', 'newest-wins'] as const),
    phases: random.between(1, 2),
    delayMs: random.pick([0, 1, 5, 50, 400]),
    skewMs: random.pick([0, 0, 100, 5_000, 3_600_000]),
    trouble: random.chance(0.15) ? CALM : (rates as TroubleRates),
  };
  const theme = random.chance(0.3) ? random.pick(THEMES) : {};
  return { ...drawn, ...theme, ...fixed };
}
