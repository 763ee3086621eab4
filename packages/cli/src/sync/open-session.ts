import { deviceIgnore } from '../pair/device-ignore.ts';
import type { LocatedPair } from '../pair/locate-pair.ts';
import { reporterFor } from '../report/reporter-for.ts';
import { PairSession } from './pair-session.ts';
import type { Places } from './prepare-pair.ts';
import type { SyncJob } from './sync-job.ts';

/** A session that tells what it does. */
export function openSession(job: SyncJob, pair: LocatedPair, places: Places): PairSession {
  const { run, control, terminal } = job;
  const private_ = [...job.deviceFolders, pair.directory, ...(places.scratch === undefined ? [] : [places.scratch])];
  const ignore = deviceIgnore(private_, [pair.source.url, pair.destination.url]);
  const session = new PairSession({ pair, run, control, places, deviceIgnore: ignore });
  session.reporter = reporterFor(job, pair, session.tracker);
  if (job.pairs.length > 1 && !run.json && !run.quiet) terminal.out(terminal.paintOut('bold', pair.label));
  if (places.madeDestination) session.reporter.onNote(`Made the folder ${pair.destination.given}`);
  return session;
}
