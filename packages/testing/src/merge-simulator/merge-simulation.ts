import { Random } from '../random.ts';
import { SimulationFailure } from '../simulator/failure.ts';
import { type MergeRoundOptions, type MergeTally, runMergeRound } from './merge-round.ts';

export interface MergeSimulationOptions extends Pick<MergeRoundOptions, 'log' | 'bases'> {
  readonly seed: number;
  readonly rounds: number;
  readonly firstRound?: number;
  /** Stops after this many failures. Default: none. */
  readonly failuresMax?: number;
}

export interface MergeSimulationResult {
  readonly tally: MergeTally;
  readonly failures: readonly { readonly round: number; readonly message: string }[];
}

/** Rounds between two turns of the real event loop, so that a signal can end a long run. */
const ROUNDS_PER_TURN = 20;

/** Runs many rounds of merges, each depending on nothing but the seed and its number. */
export async function simulateMerges(options: MergeSimulationOptions): Promise<MergeSimulationResult> {
  const { seed, rounds, firstRound = 1, failuresMax = Number.POSITIVE_INFINITY, log, bases } = options;
  const tally: MergeTally = { cycles: 0, merged: 0, keptBoth: 0, deaths: 0, powerCuts: 0, faults: 0, resumed: 0 };
  const failures: { round: number; message: string }[] = [];
  for (let round = firstRound; round < firstRound + rounds && failures.length < failuresMax; round++) {
    try {
      await runMergeRound({ random: new Random(seed).fork(`merge round ${round}`), tally, ...(log && { log }), bases });
    } catch (error) {
      if (!(error instanceof SimulationFailure)) throw error;
      failures.push({ round, message: error.message });
    }
    if (round % ROUNDS_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return { tally, failures };
}
