import type { Side, StateDirectory, Storage } from '@cloudsync/engine';
import type { Disk, DiskOptions } from '../strict-storage/disk.ts';
import type { MemoryStateDirectory } from '../strict-storage/memory-state-directory.ts';
import type { StrictStorage } from '../strict-storage/strict-storage.ts';
import type { Check } from './failure.ts';
import type { Scenario } from './scenario.ts';

/** What the engine gets instead of the real thing. */
export interface Planted {
  readonly source?: Storage;
  readonly destination?: Storage;
  readonly directory?: StateDirectory;
}

export interface PlantSite {
  readonly storages: Readonly<Record<Side, StrictStorage>>;
  readonly directory: MemoryStateDirectory;
  readonly disks: Readonly<Record<Side, Disk>>;
}

/** A bug on purpose, to prove that a check can fail. */
export interface Plant {
  /** The check that has to find it. */
  readonly check: Check;
  /** What is wrong, in words. */
  readonly bug: string;
  /** What the bug needs to show. */
  readonly scenario?: Partial<Scenario>;
  readonly makeDisk?: (options: DiskOptions) => Disk;
  readonly connect?: (site: PlantSite) => Planted;
}
