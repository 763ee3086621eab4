import type { Random } from '../random.ts';
import type { Choices } from './choices.ts';
import type { SimulationFailure } from './failure.ts';
import type { Tally } from './tally.ts';
import type { Trace } from './trace.ts';

/** A world in which something is run among faults, and what has to hold in it. */
export interface Simulator<T extends Tally = Tally> {
  /** For people, and what chooses it on the command line: `vaults` is `--vaults`. */
  readonly name: string;
  /** What its rounds are called in the stream of random numbers. Whoever changes it makes other rounds of all seeds. */
  readonly stream: string;
  newTally(): T;
  /**
   * Plays one round, from the making of its world to its last check. The same random stream has to give the same trace, to the last line.
   * @throws SimulationFailure what a check found; anything else is a bug of the simulator
   */
  play(round: Round<T>): Promise<void>;
}

/** What a round gets from the frame. */
export interface Round<T extends Tally = Tally> {
  /** A stream of this round's own. */
  readonly random: Random;
  readonly tally: T;
  /** Everything that is done to the world asks here first, so that a shrinker can leave it out. */
  readonly choices: Choices;
  /** Everything that happens is told here. */
  readonly trace: Trace;
}

export interface RoundOutcome {
  readonly round: number;
  readonly failure: SimulationFailure | undefined;
  readonly choices: Choices;
  readonly trace: Trace;
}
