import type { Contestant } from '../contestant.ts';
import type { Daemon } from './daemon.ts';

/** A program that keeps folders of two devices the same while it runs. */
export interface LiveTool extends Contestant {
  /**
   * Starts everything that two devices need, on loopback; a second time where it stopped before.
   * @returns once both are connected and have the same
   */
  start(places: LivePlaces): Promise<LivePair>;
}

/** All below a folder of the tool's own. */
export interface LivePlaces {
  /** The folder of the device on which edits are made. */
  readonly a: string;
  /** The folder of the other. */
  readonly b: string;
  readonly state: string;
}

export interface LivePair {
  /** Every process, by what it is. */
  readonly daemons: readonly Daemon[];
  /** Where one of them listens for what the bench counts: bytes through these ports are bytes on the wire. */
  readonly wirePorts: readonly number[];
  /** Told of what the bench did in folder `a`, where the tool does not notice soon by itself; relative to it. */
  onChange?(path: string): Promise<void>;
  stop(): Promise<void>;
}
