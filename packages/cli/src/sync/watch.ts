import { EXIT } from '@cloudsync/engine';
import { asError, exitCodeOfError } from '../command-line/failure.ts';
import type { LocatedPair } from '../pair/locate-pair.ts';
import { reporterFor } from '../report/reporter-for.ts';
import { PairWatch } from './pair-watch.ts';
import type { SyncJob } from './sync-job.ts';
import { type Turnstile, turnstile } from './turnstile.ts';

/**
 * `--watch`: keeps every pair in sync until it is cancelled. When one of them has to stop, all stop, so that nobody takes
 * a dead sync for a live one.
 * @returns the exit code of what ended it
 */
export async function watchPairs(job: SyncJob): Promise<number> {
  const inTurn = turnstile();
  let exitCode: number | undefined;
  const watchOne = async (pair: LocatedPair): Promise<void> => {
    const code = await watchPair(job, pair, inTurn);
    exitCode ??= code;
    job.control.cancel();
  };
  await Promise.all(job.pairs.map(watchOne));
  return exitCode ?? EXIT.cancelled;
}

async function watchPair(job: SyncJob, pair: LocatedPair, inTurn: Turnstile): Promise<number> {
  try {
    return await new PairWatch(job, pair, inTurn).run();
  } catch (error) {
    if (job.control.cancelled) return EXIT.cancelled;
    reporterFor(job, pair).onError(asError(error));
    return exitCodeOfError(error);
  }
}
