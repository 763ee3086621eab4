import { runRound } from './simulate.ts';
import type { RoundOutcome, Simulator } from './simulator.ts';
import type { Tally } from './tally.ts';

export interface ShrinkOptions {
  readonly seed: number;
  readonly round: number;
  readonly attemptsMax?: number;
}

export interface Shrunk {
  readonly skip: ReadonlySet<number>;
  readonly outcome: RoundOutcome;
}

/**
 * Leaves out as many choices of a failing round as it can while the same check still fails: first halves, then quarters, and
 * so on down to single ones (delta debugging, Zeller and Hildebrandt 2002).
 * @returns undefined when the round does not fail
 */
export async function shrink<T extends Tally>(
  simulator: Simulator<T>,
  { seed, round, attemptsMax = 2000 }: ShrinkOptions,
): Promise<Shrunk | undefined> {
  const attempt = (skip: ReadonlySet<number>): Promise<RoundOutcome> => runRound(simulator, { seed, round, skip });
  let best: Shrunk = { skip: new Set(), outcome: await attempt(new Set()) };
  const check = best.outcome.failure?.check;
  if (check === undefined) return undefined;
  let attempts = 0;
  for (let pieces = 2; attempts < attemptsMax; ) {
    const left = best.outcome.choices.taken.map(({ number }) => number);
    const size = Math.max(1, Math.ceil(left.length / pieces));
    let smaller: Shrunk | undefined;
    for (let at = 0; at < left.length && smaller === undefined && attempts < attemptsMax; at += size) {
      attempts++;
      const skip = new Set([...best.skip, ...left.slice(at, at + size)]);
      const outcome = await attempt(skip);
      if (outcome.failure?.check === check) smaller = { skip, outcome };
    }
    if (smaller !== undefined) best = smaller;
    else if (size === 1) break;
    else pieces *= 2;
  }
  return best;
}
