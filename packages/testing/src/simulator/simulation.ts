import { Random } from '../random.ts';
import type { SimulationFailure } from './failure.ts';
import type { Plant } from './plants.ts';
import { type RoundOutcome, runRound } from './round.ts';
import { Tally } from './tally.ts';

export interface SimulationOptions {
  readonly seed: number;
  readonly rounds: number;
  readonly firstRound?: number;
  readonly plant?: Plant | undefined;
  /** Told after each round. */
  readonly onRound?: (round: number, outcome: RoundOutcome) => void;
  /** Stops after this many failures. Default 1. */
  readonly failuresMax?: number;
}

export interface FailedRound {
  readonly round: number;
  readonly failure: SimulationFailure;
  readonly outcome: RoundOutcome;
}

export interface SimulationResult {
  readonly tally: Tally;
  readonly failures: readonly FailedRound[];
}

/** A round depends on nothing but its seed and its number: any of them can be run again alone. */
export function roundRandom(seed: number, round: number): Random {
  return new Random(seed).fork(`round ${round}`);
}

/** Rounds between two turns of the real event loop, so that a signal can end a long run. */
const ROUNDS_PER_TURN = 20;

/** Runs many rounds, one after the other. */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const { seed, rounds, firstRound = 1, plant, onRound, failuresMax = 1 } = options;
  const tally = new Tally();
  const failures: FailedRound[] = [];
  for (let round = firstRound; round < firstRound + rounds && failures.length < failuresMax; round++) {
    const outcome = await runRound({ random: roundRandom(seed, round), tally, plant });
    onRound?.(round, outcome);
    if (outcome.failure !== undefined) failures.push({ round, failure: outcome.failure, outcome });
    if (round % ROUNDS_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return { tally, failures };
}
