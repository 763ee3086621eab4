import type { ConflictResolution } from '@cloudsync/engine';
import type { Disk } from '../strict-storage/disk.ts';
import type { LiveCheck } from './live-failure.ts';
import type { LiveScenario } from './live-scenario.ts';
import type { OpenPair } from './open-pair.ts';

/** A bug on purpose, to prove that a check can fail. */
export interface LivePlant {
  /** The check that has to find it. */
  readonly check: LiveCheck;
  /** What is wrong, in words. */
  readonly bug: string;
  /** What the bug needs to show. */
  readonly scenario?: Partial<LiveScenario>;
  readonly connect?: (pair: OpenPair, disk: Disk) => Partial<Pick<OpenPair, 'folder' | 'workspace'>>;
  readonly resolution?: ConflictResolution;
  /** Done to the server's folder before everything heals. */
  readonly spoil?: (folder: string) => void;
}
