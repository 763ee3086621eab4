import {
  type ComparisonMode,
  type ConflictResolution,
  type InitialSync,
  MACOS_NAMES,
  type MaxDelete,
  POSIX_NAMES,
  type Side,
  type SyncMode,
  WINDOWS_NAMES,
} from '@cloudsync/engine';
import type { Random } from '../random.ts';

import { type DiskTraits, POSIX_DISK } from '../strict-storage/disk.ts';
import type { FaultKind, FaultRates } from '../strict-storage/faults.ts';
import type { StrictStorageOptions } from '../strict-storage/strict-storage.ts';

/** What one side is made of. */
export interface SideSetup {
  readonly traits: DiskTraits;
  readonly storage: Pick<StrictStorageOptions, 'scans' | 'hashes' | 'canRename' | 'canUpdate' | 'canCopy'>;
}

/** Everything about a round that does not change while it runs. */
export interface Scenario {
  readonly mode: SyncMode;
  readonly resolution: ConflictResolution;
  readonly comparison: ComparisonMode;
  readonly initial: InitialSync;
  readonly maxDelete: MaxDelete | undefined;
  /** Ignore patterns of the configuration. */
  readonly ignore: readonly string[];
  readonly ignoreFiles: boolean;
  readonly sides: Readonly<Record<Side, SideSetup>>;
  readonly faults: FaultRates;
  readonly transfers: number;
  readonly operations: number;
  /** Names that users choose from. */
  readonly names: readonly string[];
  readonly initialActs: number;
  /** Each phase ends with both sides equal. */
  readonly phases: number;
  /** Contents cannot be told apart by hash, so they differ in size and time. */
  readonly withoutHashes: boolean;
}

const PLAIN_NAMES = ['a', 'b', 'c', 'd', 'a.txt', 'b.txt', 'keep.txt', 'f.md'];
const ODD_NAMES = ['A', 'caf\u00e9', 'cafe\u0301', 'line\nbreak', '👋 x', '__proto__', '-r', 'CON', 'dot.', '"q"', 'a.b.c'];

/** Draws a scenario. Two plain folders kept the same both ways are the most likely; everything else is met as well. */
export function drawScenario(random: Random): Scenario {
  const comparison = random.weighted<ComparisonMode>({
    'hash-then-mtime': 85,
    'size-only': 3,
    'hash-only': 5,
    'mtime-only': 3,
    'size-and-mtime': 4,
  });
  const mode = random.weighted<SyncMode>({
    'two-way': 70,
    'source-to-destination': 9,
    'source-backup': 6,
    'destination-to-source': 9,
    'destination-backup': 6,
  });
  const sides = { source: drawSide(random, comparison), destination: drawSide(random, comparison) };
  const lacksHash = sides.source.storage.hashes === 'none' || sides.destination.storage.hashes === 'none';
  const hasIgnores = random.chance(0.25);
  return {
    mode,
    comparison,
    sides,
    resolution: random.weighted<ConflictResolution>({
      'newest-wins': 55,
      'keep-both': 15,
      'source-wins': 8,
      'destination-wins': 8,
      manual: 8,
      'auto-merge': 6,
    }),
    initial: random.weighted<InitialSync>({ merge: 84, 'source-wins': 8, 'destination-wins': 8 }),
    maxDelete: random.chance(0.6) ? 'off' : random.chance(0.6) ? undefined : { files: random.between(0, 5) },
    ignore: hasIgnores ? random.sample(['*.md', 'd/', '/b', 'caf\u00e9'], random.between(1, 2)) : [],
    ignoreFiles: random.chance(0.15),
    faults: drawFaults(random),
    transfers: random.between(1, 5),
    operations: random.between(1, 10),
    names: random.chance(0.3) ? [...PLAIN_NAMES, ...ODD_NAMES] : PLAIN_NAMES,
    initialActs: random.between(0, 14),
    phases: random.chance(0.4) ? 2 : 1,
    withoutHashes: lacksHash || !comparison.startsWith('hash'),
  };
}

function drawSide(random: Random, comparison: ComparisonMode): SideSetup {
  const plain = random.chance(0.65);
  const storage = {
    scans: plain || random.chance(0.5),
    hashes: plain ? ('asked' as const) : random.weighted({ asked: 5, listed: 4, none: comparison === 'hash-only' ? 0 : 2 }),
    canRename: plain || random.chance(0.7),
    canUpdate: plain || random.chance(0.8),
    canCopy: random.chance(0.5),
  };
  if (plain) return { traits: POSIX_DISK, storage };
  const names = random.pick([POSIX_NAMES, POSIX_NAMES, MACOS_NAMES, WINDOWS_NAMES]);
  const traits: DiskTraits = {
    names,
    decomposesNames: names === MACOS_NAMES && random.chance(0.3),
    mtimeStepMs: random.pick([0.001, 1, 1000, 2000]),
    modes: random.chance(0.7),
    symlinks: random.chance(0.8),
    ids: random.chance(0.6),
    versions: random.weighted({ change: 5, content: 3, none: 2 }),
  };
  return { traits, storage };
}

function drawFaults(random: Random): FaultRates {
  if (random.chance(0.2)) return {};
  const most: Record<FaultKind, number> = {
    'error-before': 0.03,
    'error-after': 0.03,
    'short-write': 0.05,
    slow: 0.03,
    'stale-listing': 0.15,
    vanished: 0.03,
    'no-space': 0.02,
    'edited-while-read': 0.05,
    unreadable: 0.1,
  };
  const rates: Partial<Record<FaultKind, number>> = {};
  for (const [kind, rate] of Object.entries(most) as [FaultKind, number][]) if (random.chance(0.5)) rates[kind] = rate * random.next();
  return rates;
}

/** The side that a one-way mode takes from; undefined for two-way. */
export function giverOf(mode: SyncMode): Side | undefined {
  if (mode === 'two-way') return undefined;
  return mode === 'source-to-destination' || mode === 'source-backup' ? 'source' : 'destination';
}

export function isBackup(mode: SyncMode): boolean {
  return mode === 'source-backup' || mode === 'destination-backup';
}
