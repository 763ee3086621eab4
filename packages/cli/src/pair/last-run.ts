import type { Conflict, ConflictKind, Entry, SyncStatistics } from '@cloudsync/engine';
import type { PairOptions } from './pair-request.ts';

export const LAST_RUN_FILE = 'last-run.json';
export const LAST_RUN_VERSION = 1;

/** `unfinished`: the first run of the pair, while it works and when it was killed. */
export const RUN_RESULTS = ['unfinished', 'in-sync', 'paths-failed', 'conflicts-left', 'stopped', 'cancelled', 'error'] as const;
export type RunResult = (typeof RUN_RESULTS)[number];

/** What the command remembers of a pair's last run, beside the engine's state (docs/formats/sync-state.md). */
export interface LastRun {
  readonly version: typeof LAST_RUN_VERSION;
  /** Canonical URLs. */
  readonly source: string;
  readonly destination: string;
  readonly options: PairOptions;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly result: RunResult;
  /** Why it stopped, for `stopped` and `error`. */
  readonly message?: string | undefined;
  /** Files on each side when everything was last looked at. */
  readonly files?: { readonly source: number; readonly destination: number } | undefined;
  readonly statistics?: SyncStatistics | undefined;
  /** Conflicts that wait for the user. */
  readonly conflicts: readonly ConflictLeft[];
  /** Paths that failed; they are tried again by the next run. */
  readonly failed: readonly FailedPath[];
}

export interface ConflictLeft {
  readonly path: string;
  readonly kind: ConflictKind;
  readonly message: string;
  readonly source?: ConflictSide | undefined;
  readonly destination?: ConflictSide | undefined;
}

export type ConflictSide = Pick<Entry, 'kind' | 'size' | 'mtimeMs'>;

export interface FailedPath {
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

/** A conflict in the few facts that are worth keeping. */
export function conflictLeft({ path, kind, message, source, destination }: Conflict): ConflictLeft {
  return { path, kind, message, source: conflictSide(source), destination: conflictSide(destination) };
}

function conflictSide(entry: Entry | undefined): ConflictSide | undefined {
  return entry && { kind: entry.kind, size: entry.size, mtimeMs: entry.mtimeMs };
}
