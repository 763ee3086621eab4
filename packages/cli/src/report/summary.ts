import type { SyncResult } from '@cloudsync/engine';
import { formatCount, formatDuration, plural } from '../terminal/format.ts';
import type { Paint } from '../terminal/terminal.ts';
import { planLine } from './action-text.ts';
import { tallyOfPlan, tallyText } from './tally.ts';

/** How a run ended, in one line: state of the pair, what was done, how long it took. */
export function summaryLine({ statistics, cancelled }: SyncResult, paint: Paint): string {
  const { failed, conflictsLeft, sourceFiles, destinationFiles, durationMs } = statistics;
  const done = tallyText(statistics);
  const took = `in ${formatDuration(durationMs)}`;
  const work = done === '' ? `nothing to do (${formatDuration(durationMs)})` : `${done} ${took}`;
  if (cancelled) return `${paint('yellow', 'Cancelled')}: ${done === '' ? 'nothing was changed' : work}; the next run goes on from here`;
  if (failed === 0 && conflictsLeft === 0) {
    const files =
      sourceFiles === destinationFiles
        ? plural(sourceFiles, 'file')
        : `${formatCount(sourceFiles)} and ${plural(destinationFiles, 'file')}`;
    return `${paint('green', 'In sync')}: ${done === '' ? `${files}, ${work}` : work}`;
  }
  const open = [failed > 0 && `${plural(failed, 'path')} failed`, conflictsLeft > 0 && `${plural(conflictsLeft, 'conflict')} left`];
  const rest = done === '' ? `nothing else to do (${formatDuration(durationMs)})` : work;
  return `${paint('yellow', 'Not in sync')}: ${open.filter((part) => part !== false).join(', ')}; ${rest}`;
}

/** A dry run: the plan, one line an action in the order of the run, and its totals. */
export function planLines({ actions, statistics }: SyncResult, paint: Paint): string[] {
  const todo = actions.filter((action) => action.type !== 'NO_ACTION');
  const conflicts = todo.filter(({ type, conflict }) => type === 'CONFLICT' && conflict?.outcome !== 'merged').length;
  const totals = [tallyText(tallyOfPlan(todo)), conflicts > 0 && plural(conflicts, 'conflict')].filter(
    (part) => part !== false && part !== '',
  );
  const files = plural(Math.max(statistics.sourceFiles, statistics.destinationFiles), 'file');
  const end = totals.length === 0 ? `In sync: ${files}, nothing to do` : `Dry run, nothing was changed: ${totals.join(', ')}`;
  return [...todo.map(planLine), paint('bold', end)];
}
