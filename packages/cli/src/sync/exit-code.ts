import { EXIT, type SyncResult } from '@cloudsync/engine';

/** What the result of a cycle means for the exit code; when several apply the worst one counts. */
export function exitCodeOfResult({ cancelled, stopped, statistics }: SyncResult): number {
  if (cancelled) return EXIT.cancelled;
  if (stopped !== undefined) return EXIT.guard;
  if (statistics.failed > 0) return EXIT.pathsFailed;
  return statistics.conflictsLeft > 0 ? EXIT.conflictsLeft : EXIT.inSync;
}
