import type { SyncProgressEvent, SyncResult } from '@cloudsync/engine';
import type { LastRun } from '../pair/last-run.ts';

/** Tells the user (or a program) what cycles do. */
export interface Reporter {
  /** Before each cycle. `sinceMs`: when the change that caused it was noticed; undefined looks at everything. */
  onStart(sinceMs?: number): void;
  onEvent(event: SyncProgressEvent): void;
  /** After each cycle that ran to its end, was cancelled, or was stopped by a guard. */
  onResult(result: SyncResult): void;
  /** What is remembered of the pair after it. */
  onRecord?(record: LastRun): void;
  /** Something to know beside the events: a folder that was made, a lock that is waited for. */
  onNote(text: string): void;
  /** A failure that ended a cycle although the command goes on. */
  onError(error: Error): void;
  /** Leaves the terminal clean. */
  close(): void;
}
