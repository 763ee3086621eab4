import { ConflictResolution, type MaxDelete, parseConflictResolution, SyncError } from '@cloudsync/engine';
import { parseCount, parseMaxDelete } from '../options/count.ts';
import { parseSchedule, type Schedule } from '../options/schedule.ts';
import { type Bandwidth, parseBandwidth } from '../options/size.ts';
import { timesOf } from '../sync/times.ts';

/** When a link is synced. */
export type LinkMode = 'realtime' | 'scheduled' | 'manual';

/** How links are kept in sync, after all that is set. */
export interface LinkOptions {
  readonly mode: LinkMode;
  readonly schedule: Schedule;
  readonly conflict: ConflictResolution;
  /** gitignore lines. */
  readonly filters: readonly string[];
  readonly maxDelete: MaxDelete;
  readonly transfers: number;
  readonly operations: number;
  readonly bandwidth: Bandwidth;
}

interface Setting {
  readonly description: string;
  /** Offered by help; undefined: anything that can be read. */
  readonly values?: readonly string[];
  readonly standard: string;
  /** @throws SyncError `config/invalid` */
  readonly check: (text: string) => unknown;
}

const MODES: readonly LinkMode[] = ['realtime', 'scheduled', 'manual'];
const CONFLICTS = {
  'auto-merge': ConflictResolution.AUTO_MERGE,
  'latest-wins': ConflictResolution.NEWEST_WINS,
  ask: ConflictResolution.MANUAL,
  'keep-both': ConflictResolution.KEEP_BOTH,
} as const;

/** Everything that `cloudsync config` sets. Values are kept as they are written, and read when they are used. */
export const SETTINGS = {
  'sync.mode': {
    description: 'when links are synced: at once, on a schedule, or only by cloudsync sync',
    values: MODES,
    standard: 'realtime',
    check: parseMode,
  },
  'sync.interval': {
    description: 'the schedule: 15m, 1h, or a cron line',
    standard: '15m',
    check: (text: string) => timesOf(parseSchedule(text)),
  },
  'sync.conflicts': {
    description: 'when two devices changed one file',
    values: Object.keys(CONFLICTS),
    standard: 'latest-wins',
    check: parseConflict,
  },
  'sync.filters': { description: 'what is left out, as lines of a .gitignore', standard: '', check: parseFilters },
  'sync.maxDelete': { description: 'stop before deleting more: a number of files, N%, or off', standard: '50%', check: parseMaxDelete },
  'limits.transfers': {
    description: 'how many files are copied at once',
    standard: '5',
    check: (text: string) => parseCount('limits.transfers', text),
  },
  'limits.operations': {
    description: 'how many small operations run at once',
    standard: '10',
    check: (text: string) => parseCount('limits.operations', text),
  },
  'limits.bandwidth': { description: 'bytes a second: 500K, 1M:500K (up:down), or off', standard: 'off', check: parseBandwidth },
} as const satisfies Record<string, Setting>;

export type SettingKey = keyof typeof SETTINGS;
export const SETTING_KEYS = Object.keys(SETTINGS) as SettingKey[];

/** Values as they were written, by key. */
export type SettingValues = Readonly<Record<string, string>>;

/** @throws SyncError `config/invalid` */
export function parseSettingKey(text: string): SettingKey {
  const key = SETTING_KEYS.find((candidate) => candidate.toLowerCase() === text.toLowerCase());
  if (key === undefined)
    throw new SyncError('config/invalid', `unknown setting ${JSON.stringify(text)}; use one of ${SETTING_KEYS.join(', ')}`);
  return key;
}

/** The value that holds: of the first choice that has it, else the standard one. */
export function settingOf(key: SettingKey, ...choices: readonly SettingValues[]): string {
  return choices.find((values) => values[key] !== undefined)?.[key] ?? SETTINGS[key].standard;
}

/** What all settings together say. @throws SyncError `config/invalid` for a file that somebody edited */
export function linkOptions(...choices: readonly SettingValues[]): LinkOptions {
  const text = (key: SettingKey): string => settingOf(key, ...choices);
  return {
    mode: parseMode(text('sync.mode')),
    schedule: parseSchedule(text('sync.interval')),
    conflict: parseConflict(text('sync.conflicts')),
    filters: parseFilters(text('sync.filters')),
    maxDelete: parseMaxDelete(text('sync.maxDelete')),
    transfers: parseCount('limits.transfers', text('limits.transfers')),
    operations: parseCount('limits.operations', text('limits.operations')),
    bandwidth: parseBandwidth(text('limits.bandwidth')),
  };
}

function parseMode(text: string): LinkMode {
  const mode = MODES.find((candidate) => candidate === text.toLowerCase());
  if (mode === undefined)
    throw new SyncError('config/invalid', `unknown sync.mode ${JSON.stringify(text)}; use one of ${MODES.join(', ')}`);
  return mode;
}

/** The names above, and every name that the engine knows a strategy by. */
function parseConflict(text: string): ConflictResolution {
  const named = Object.entries(CONFLICTS).find(([name]) => name === text.toLowerCase())?.[1];
  return named ?? parseConflictResolution(text);
}

function parseFilters(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}
