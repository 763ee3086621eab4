import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT } from '@cloudsync/engine';
import type { Schedule } from '../options/schedule.ts';
import { formatTime } from '../terminal/format.ts';
import type { SyncJob } from './sync-job.ts';
import { syncOnce } from './sync-once.ts';
import { timesOf } from './times.ts';

/** setTimeout counts in 31 bits. */
const SLEEP_MAX_MS = 2 ** 31 - 1;

/**
 * `--every`: syncs on a schedule until it is cancelled. A run that takes longer than the interval skips what it missed; one that
 * fails is said and tried again at the next time.
 * @returns the exit code
 */
export async function syncRepeatedly(job: SyncJob, schedule: Schedule): Promise<number> {
  const next = timesOf(schedule);
  const { control, terminal, run } = job;
  let isDue = !('cron' in schedule);
  while (!control.cancelled) {
    if (isDue) await syncOnce(job);
    isDue = true;
    if (control.cancelled) break;
    const at = next();
    if (!run.json && !run.quiet) terminal.err(`Next sync at ${formatTime(at)}`);
    await sleepUntil(at, control.signal);
  }
  return EXIT.cancelled;
}

async function sleepUntil(at: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && Date.now() < at) {
    await sleep(Math.min(at - Date.now(), SLEEP_MAX_MS), undefined, { signal }).catch(() => undefined);
  }
}
