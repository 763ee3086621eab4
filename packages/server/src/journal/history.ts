import { SyncError } from '@cloudsync/engine';
import { BEGINNING_STAMP, formatCursor, parseCursor } from '@cloudsync/protocol';
import type { JournalTable } from './journal-table.ts';

/** How a client that was here before goes on. */
export type Resume = 'changes' | 'list' | 'history-changed';

/** The cursor of a place in the journal. */
export function cursorAt(table: JournalTable, sequence: number): string {
  const stamp = sequence === 0 ? BEGINNING_STAMP : (table.stampAt(sequence) ?? BEGINNING_STAMP);
  return formatCursor({ epoch: table.state.epoch, sequence, stamp });
}

/**
 * Whether a cursor is of this history. A number that a restored database gave out once more has another stamp; before the horizon tombstones
 * are gone, so that only a list tells what was deleted.
 */
export function resumeAt(table: JournalTable, text: string | undefined): { readonly resume: Resume; readonly sequence: number } {
  if (text === undefined) return { resume: 'list', sequence: 0 };
  const cursor = parseCursor(text);
  const { epoch, head, horizon } = table.state;
  if (cursor === undefined || cursor.epoch !== epoch || cursor.sequence > head) return { resume: 'history-changed', sequence: 0 };
  const { sequence, stamp } = cursor;
  const known = sequence === 0 ? BEGINNING_STAMP : table.stampAt(sequence);
  if (stamp !== known) return { resume: 'history-changed', sequence: 0 };
  return { resume: sequence < horizon ? 'list' : 'changes', sequence };
}

/** The sequence of a cursor at which `changes` can go on. @throws SyncError `server/history-changed`, `server/cursor-too-old` */
export function mustResume(table: JournalTable, text: string): number {
  const { resume, sequence } = resumeAt(table, text);
  if (resume === 'history-changed')
    throw new SyncError(
      'server/history-changed',
      'the workspace has another history than when it was last looked at; list it anew, delete nothing',
    );
  if (resume === 'list') throw cursorTooOld();
  return sequence;
}

export function cursorTooOld(): SyncError {
  return new SyncError('server/cursor-too-old', 'the changes since then cannot be told one by one any more; list the workspace anew');
}
