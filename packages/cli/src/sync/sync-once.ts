import { EXIT } from '@cloudsync/engine';
import { asError, exitCodeOfError, worstExit } from '../command-line/failure.ts';
import type { LocatedPair } from '../pair/locate-pair.ts';
import { reporterFor } from '../report/reporter-for.ts';
import { exitCodeOfResult } from './exit-code.ts';
import type { SyncJob } from './sync-job.ts';
import { withSession } from './with-session.ts';

/** One cycle of each pair, one after the other; what happens to one does not keep the next from its turn. @returns the exit code */
export async function syncOnce(job: SyncJob): Promise<number> {
  const codes: number[] = [];
  for (const pair of job.pairs) {
    if (job.control.cancelled) codes.push(EXIT.cancelled);
    else codes.push(await syncPairOnce(job, pair));
  }
  return worstExit(codes);
}

async function syncPairOnce(job: SyncJob, pair: LocatedPair): Promise<number> {
  try {
    return await withSession(job, pair, async (session) => exitCodeOfResult(await session.cycle()));
  } catch (error) {
    // A single pair's failure is the command's failure, and said where those are said.
    if (job.pairs.length === 1 && job.run.every === undefined) throw error;
    reporterFor(job, pair).onError(asError(error));
    return job.control.cancelled ? EXIT.cancelled : exitCodeOfError(error);
  }
}
