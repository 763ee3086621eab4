import type { Simulator } from '../simulation/simulator.ts';
import { MergeRound, type MergeSimulatorOptions } from './merge-round.ts';
import { MergeTally } from './merge-tally.ts';

/** One pair with AUTO_MERGE, and users who edit the same texts. */
export function mergeSimulator(options: MergeSimulatorOptions = {}): Simulator<MergeTally> {
  return {
    name: 'merges',
    stream: 'merge round',
    newTally: () => new MergeTally(),
    play: (round) => new MergeRound({ ...round, ...options }).run(),
  };
}
