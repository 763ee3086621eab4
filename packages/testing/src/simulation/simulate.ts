import { Random } from '../random.ts';
import { Choices } from './choices.ts';
import { SimulationFailure } from './failure.ts';
import type { RoundOutcome, Simulator } from './simulator.ts';
import type { Tally } from './tally.ts';
import { Trace } from './trace.ts';

export interface RoundChoice<T extends Tally = Tally> {
  readonly seed: number;
  readonly round: number;
  /** Choices to leave out; see {@link Choices}. */
  readonly skip?: ReadonlySet<number> | undefined;
  /** Where it is counted; default: nowhere. */
  readonly tally?: T | undefined;
}

/** Runs one round. It depends on nothing but its seed and its number: any of them can be run again alone. */
export async function runRound<T extends Tally>(simulator: Simulator<T>, choice: RoundChoice<T>): Promise<RoundOutcome> {
  const { seed, round, skip, tally = simulator.newTally() } = choice;
  const random = new Random(seed).fork(`${simulator.stream} ${round}`);
  const [choices, trace] = [new Choices(skip), new Trace()];
  tally.rounds++;
  try {
    await simulator.play({ random, tally, choices, trace });
  } catch (error) {
    if (!(error instanceof SimulationFailure)) throw error;
    return { round, failure: error, choices, trace };
  }
  return { round, failure: undefined, choices, trace };
}

export interface SimulationOptions {
  readonly seed: number;
  readonly rounds: number;
  readonly firstRound?: number | undefined;
  /** Told after each round, and awaited. */
  readonly onRound?: (outcome: RoundOutcome) => void | Promise<void>;
  /** Stops after this many failures. Default 1. */
  readonly failuresMax?: number | undefined;
}

export type FailedRound = RoundOutcome & { readonly failure: SimulationFailure };

export interface SimulationResult<T extends Tally = Tally> {
  readonly tally: T;
  readonly failures: readonly FailedRound[];
}

/** Rounds between two turns of the real event loop, so that a signal can end a long run. */
const ROUNDS_PER_TURN = 20;

/** Runs many rounds, one after the other. */
export async function simulate<T extends Tally>(simulator: Simulator<T>, options: SimulationOptions): Promise<SimulationResult<T>> {
  const { seed, rounds, firstRound = 1, onRound, failuresMax = 1 } = options;
  const tally = simulator.newTally();
  const failures: FailedRound[] = [];
  for (let round = firstRound; round < firstRound + rounds && failures.length < failuresMax; round++) {
    const outcome = await runRound(simulator, { seed, round, tally });
    await onRound?.(outcome);
    const { failure } = outcome;
    if (failure !== undefined) failures.push({ ...outcome, failure });
    if (round % ROUNDS_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return { tally, failures };
}
