import { SyncError } from '@cloudsync/engine';
import { Cron } from 'croner';
import type { Schedule } from '../options/schedule.ts';

/** The times still to come, each call the next one after now. @throws SyncError `config/invalid` for a cron line that is none */
export function timesOf(schedule: Schedule): () => number {
  if ('everyMs' in schedule) {
    const start = Date.now();
    return () => start + schedule.everyMs * Math.ceil((Date.now() - start + 1) / schedule.everyMs);
  }
  const cron = parseCron(schedule.cron);
  return () => cron.nextRun()?.getTime() ?? Number.POSITIVE_INFINITY;
}

function parseCron(line: string): Cron {
  try {
    return new Cron(line, { paused: true });
  } catch (error) {
    throw new SyncError(
      'config/invalid',
      `${JSON.stringify(line)} is not a cron line: ${(error as Error).message}; write it like "0 3 * * *"`,
      { cause: error },
    );
  }
}
