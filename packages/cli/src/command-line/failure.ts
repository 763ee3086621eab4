import { EXIT, exitCodeOf, SyncError } from '@cloudsync/engine';
import { printable } from '../terminal/printable.ts';

/** How a failure is said: one line that names the command, the path, and what to do. */
export function errorLine(message: string): string {
  return `cloudsync: ${printable(message)}`;
}

/** From worst to best: when several apply, the first of them is the exit code. Usage comes before anything ran. */
const SEVERITY: readonly number[] = [EXIT.usage, EXIT.cancelled, EXIT.guard, EXIT.pathsFailed, EXIT.conflictsLeft, EXIT.inSync];

export function worstExit(codes: readonly number[]): number {
  return SEVERITY.find((code) => codes.includes(code)) ?? EXIT.inSync;
}

/** The exit code of an error that ended a run. */
export function exitCodeOfError(error: unknown): number {
  return SyncError.is(error) ? exitCodeOf(error.code) : EXIT.pathsFailed;
}

/** What is caught, as an Error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
