import { EXIT } from '@cloudsync/engine';
import { nameOfWorkspace } from '../links/find-link.ts';
import { printable } from '../terminal/printable.ts';
import type { Colour, Paint } from '../terminal/terminal.ts';
import type { LinkState, Outcome } from './control/messages.ts';

const STATES: Record<LinkState, readonly [colour: Colour, text: string, exitCode: number]> = {
  starting: ['yellow', 'starting', EXIT.inSync],
  syncing: ['cyan', 'syncing', EXIT.inSync],
  'in-sync': ['green', 'in sync', EXIT.inSync],
  'paths-failed': ['red', 'some paths failed', EXIT.pathsFailed],
  'conflicts-left': ['yellow', 'conflicts left; see cloudsync conflicts', EXIT.conflictsLeft],
  waiting: ['dim', 'waiting for cloudsync sync', EXIT.inSync],
  paused: ['dim', 'paused', EXIT.inSync],
  offline: ['yellow', 'offline, tried again by itself', EXIT.pathsFailed],
  stopped: ['red', 'stopped', EXIT.guard],
  error: ['red', 'failed', EXIT.pathsFailed],
};

/** What a state of a link means for the exit code of a command that waited for it. */
export function exitCodeOfState(state: LinkState): number {
  return STATES[state][2];
}

/** `in sync`, `offline, tried again by itself: …`. */
export function stateText({ state, message }: Pick<Outcome, 'state' | 'message'>, paint: Paint): string {
  const [colour, text] = STATES[state];
  return paint(colour, text) + (message === undefined ? '' : `: ${printable(message)}`);
}

/** What failed, a line each. */
export function outcomeProblems({ problems }: Outcome, paint: Paint): string[] {
  return problems.map((problem) => `${paint('red', 'failed  ')} ${printable(problem)}`);
}

/** `notes: In sync: 3 files, nothing to do (4 ms)`. */
export function outcomeLine(outcome: Outcome, paint: Paint): string {
  const { workspace, summary, state, message } = outcome;
  const isTold = summary !== undefined && message === undefined && state !== 'paused';
  return `${printable(nameOfWorkspace(workspace))}: ${isTold ? printable(summary) : stateText(outcome, paint)}`;
}
