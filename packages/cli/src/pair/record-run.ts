import { type Issue, isWithin, type SyncResult } from '@cloudsync/engine';
import { type ConflictLeft, conflictLeft, type FailedPath, LAST_RUN_VERSION, type LastRun, type RunResult } from './last-run.ts';
import type { LocatedPair } from './locate-pair.ts';

const FAILED_KEPT_MAX = 1000;

export interface RunFacts {
  readonly pair: LocatedPair;
  readonly startedMs: number;
  readonly finishedMs: number;
  /** The record of the run before, when this one looked only at some paths or did not get to look at all. */
  readonly previous?: LastRun | undefined;
  /** The paths that were looked at; undefined is everything. */
  readonly only?: readonly string[] | undefined;
}

/** The record of a cycle. What a partial cycle did not look at stays as the record before says. */
export function recordOfResult(facts: RunFacts, result: SyncResult): LastRun {
  const { previous, only } = facts;
  if (result.stopped !== undefined) return { ...recordOfError(facts, result.stopped), result: 'stopped', statistics: result.statistics };
  const isLookedAt = (path: string): boolean => !result.cancelled && (only === undefined || only.some((folder) => isWithin(folder, path)));
  const left = result.conflicts.filter((conflict) => conflict.outcome === 'unresolved').map(conflictLeft);
  const failed = result.issues.filter((issue) => issue.severity === 'failed').map(failedPath);
  const conflicts = merge(previous?.conflicts, left, isLookedAt);
  const allFailed = merge(previous?.failed, failed, isLookedAt).slice(0, FAILED_KEPT_MAX);
  const { sourceFiles, destinationFiles } = result.statistics;
  return {
    ...recordHead(facts),
    result: resultOf(result, conflicts, allFailed),
    files: result.cancelled ? previous?.files : { source: sourceFiles, destination: destinationFiles },
    statistics: result.statistics,
    conflicts,
    failed: allFailed,
  };
}

/** What is known now, and what was known before of paths that were not looked at. */
function merge<T extends { readonly path: string }>(
  before: readonly T[] | undefined,
  now: readonly T[],
  isLookedAt: (path: string) => boolean,
): T[] {
  const paths = new Set(now.map(({ path }) => path));
  return [...(before ?? []).filter(({ path }) => !isLookedAt(path) && !paths.has(path)), ...now];
}

function failedPath({ path, code, message }: Issue): FailedPath {
  return { path, code, message };
}

/** The record of a pair's first run before it has ended, so that the pair is known while it works. */
export function recordOfStart(facts: RunFacts): LastRun {
  return { ...recordHead(facts), result: 'unfinished', conflicts: [], failed: [] };
}

/** The record of a cycle that an error ended. */
export function recordOfError(facts: RunFacts, error: { readonly message: string }, cancelled = false): LastRun {
  const { previous } = facts;
  return {
    ...recordHead(facts),
    result: cancelled ? 'cancelled' : 'error',
    message: error.message,
    files: previous?.files,
    conflicts: previous?.conflicts ?? [],
    failed: previous?.failed ?? [],
  };
}

function recordHead({
  pair,
  startedMs,
  finishedMs,
}: RunFacts): Pick<LastRun, 'version' | 'source' | 'destination' | 'options' | 'startedAt' | 'finishedAt'> {
  return {
    version: LAST_RUN_VERSION,
    source: pair.source.url,
    destination: pair.destination.url,
    options: pair.request.options,
    startedAt: new Date(startedMs).toISOString(),
    finishedAt: new Date(finishedMs).toISOString(),
  };
}

function resultOf(result: SyncResult, conflicts: readonly ConflictLeft[], failed: readonly FailedPath[]): RunResult {
  if (result.cancelled) return 'cancelled';
  if (failed.length > 0) return 'paths-failed';
  return conflicts.length > 0 ? 'conflicts-left' : 'in-sync';
}
