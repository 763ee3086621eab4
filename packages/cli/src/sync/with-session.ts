import { LocalStateDirectory } from '@cloudsync/storages';
import { asError } from '../command-line/failure.ts';
import { deviceIgnore } from '../pair/device-ignore.ts';
import { LAST_RUN_FILE } from '../pair/last-run.ts';
import { hasState, type LocatedPair } from '../pair/locate-pair.ts';
import { recordOfError } from '../pair/record-run.ts';
import { foldersOf } from '../pair/roots.ts';
import { reporterFor } from '../report/reporter-for.ts';
import { PairSession } from './pair-session.ts';
import { openPairStorages } from './pair-storages.ts';
import { type Places, preparePair } from './prepare-pair.ts';
import type { SyncJob } from './sync-job.ts';

/**
 * Opens a pair, works on it, and closes it whatever happens.
 * @throws SyncError when a root is missing, and what `work` throws
 */
export async function withSession<T>(job: SyncJob, pair: LocatedPair, work: (session: PairSession) => Promise<T>): Promise<T> {
  using places = await prepare(pair, job.run.dryRun);
  const session = await openSession(job, pair, places);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

/** A pair that was synced before and cannot be now is told of by status, too. */
async function prepare(pair: LocatedPair, dryRun: boolean): Promise<Places> {
  try {
    return preparePair(pair, dryRun);
  } catch (error) {
    if (!dryRun && hasState(pair.directory)) await rememberFailure(pair, asError(error));
    throw error;
  }
}

async function rememberFailure(pair: LocatedPair, error: Error): Promise<void> {
  const { readLastRun } = await import('../pair/last-run-file.ts');
  const found = await readLastRun(pair.directory);
  const now = Date.now();
  const previous = typeof found === 'string' ? undefined : found;
  const record = recordOfError({ pair, startedMs: now, finishedMs: now, previous }, error);
  const text = `${JSON.stringify(record, null, 2)}\n`;
  // The error itself says more than a failure to write it down.
  await new LocalStateDirectory(pair.directory).write(LAST_RUN_FILE, [text], { durable: false }).catch(() => undefined);
}

async function openSession(job: SyncJob, pair: LocatedPair, places: Places): Promise<PairSession> {
  const { run, control, terminal } = job;
  const ownFolders = [...job.deviceFolders, pair.directory, ...(places.scratch === undefined ? [] : [places.scratch])];
  const ignore = deviceIgnore(ownFolders, foldersOf([pair.source, pair.destination]));
  const storages = await openPairStorages(pair, places, job);
  const session = new PairSession({ pair, run, control, places, storages, deviceIgnore: ignore });
  session.reporter = reporterFor(job, pair, session.tracker);
  if (job.pairs.length > 1 && !run.json && !run.quiet) terminal.out(terminal.paintOut('bold', pair.label));
  if (places.madeDestination) session.reporter.onNote(`Made the folder ${pair.destination.given}`);
  return session;
}
