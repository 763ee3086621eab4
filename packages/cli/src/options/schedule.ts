import { SyncError } from '@cloudsync/engine';
import { parseDuration } from './duration.ts';

/** When a scheduled sync runs: every so many ms, or at the times of a cron line. */
export type Schedule = { readonly everyMs: number } | { readonly cron: string };

const SHORTEST_MS = 1000;

/** Reads `15m`, `1h30m`, or a cron line such as `0 3 * * *`. @throws SyncError `config/invalid` */
export function parseSchedule(text: string): Schedule {
  if (text.trim().split(/\s+/).length >= 5 || text.startsWith('@')) return { cron: text.trim() };
  const everyMs = parseDuration(text);
  if (everyMs < SHORTEST_MS)
    throw new SyncError('config/invalid', `--every needs at least 1s, not ${JSON.stringify(text)}; --watch syncs at once`);
  return { everyMs };
}
