import type { Conflict, Issue } from '@cloudsync/engine';
import { plural } from '../terminal/format.ts';
import { printable } from '../terminal/printable.ts';
import type { Paint } from '../terminal/terminal.ts';

/** Shown of each kind of problem unless --verbose asks for all. */
const SHOWN_MAX = 20;

export interface ProblemOptions {
  readonly verbose: boolean;
  /** Leaves out what needs nobody: notes, and conflicts that are settled. */
  readonly quiet: boolean;
  readonly paint: Paint;
}

/** The lines about paths that failed, paths that were passed over, and conflicts. */
export function problemLines(
  issues: readonly Issue[],
  conflicts: readonly Conflict[],
  { verbose, quiet, paint }: ProblemOptions,
): string[] {
  const failed = issues.filter((issue) => issue.severity === 'failed');
  const notes = issues.filter((issue) => issue.severity === 'note');
  const settled = conflicts.filter((conflict) => conflict.outcome !== 'unresolved');
  const left = conflicts.filter((conflict) => conflict.outcome === 'unresolved');
  const some = (lines: string[]): string[] => (verbose ? lines : firstOf(lines));
  const lines: string[] = [];
  if (!quiet) lines.push(...some(notes.map((note) => paint('dim', `note     ${pathMessage(note)}`))));
  if (!quiet) lines.push(...some(settled.map((conflict) => `${settledLabel(conflict, paint)} ${conflictMessage(conflict)}`)));
  lines.push(...some(failed.map((issue) => `${paint('red', 'failed  ')} ${pathMessage(issue)}`)));
  lines.push(...some(left.map((conflict) => `${paint('yellow', 'conflict')} ${conflictMessage(conflict)}`)));
  return lines;
}

function settledLabel({ outcome }: Conflict, paint: Paint): string {
  return outcome === 'merged' ? paint('green', 'merged  ') : paint('yellow', 'conflict');
}

function firstOf(lines: string[]): string[] {
  if (lines.length <= SHOWN_MAX) return lines;
  return [...lines.slice(0, SHOWN_MAX), `         and ${plural(lines.length - SHOWN_MAX, 'more', 'more')} (--verbose lists all)`];
}

/** A message that already names the path says it once. */
function pathMessage({ path, message }: { readonly path: string; readonly message: string }): string {
  const isNamed = path === '' || message.includes(JSON.stringify(path)) || message.startsWith(`${path} `) || message.startsWith(`${path}:`);
  return isNamed ? printable(message) : `${printable(path)}: ${printable(message)}`;
}

/** Only a rename is told with its names. */
function conflictMessage({ kind, path, message }: Conflict): string {
  return kind === 'renamed-differently' ? printable(message) : `${printable(path)}: ${printable(message)}`;
}
