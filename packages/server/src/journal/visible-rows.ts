import { ROOT_ID, type Row } from '@cloudsync/protocol';
import type { PathRights } from '../access/path-rights.ts';
import type { JournalTable } from './journal-table.ts';
import { pathOf } from './lookup.ts';

/** Whether nothing has to be hidden from who has these rights. */
export function seesAll(rights: PathRights): boolean {
  return rights.unrestricted || rights.readsAllBelow('');
}

/**
 * Changed entries as a member sees them: what he does not see comes as deleted, since he may have seen it before.
 * Undefined: a folder that he sees went from one place to another after `after`, so that rows alone do not tell what he sees below it.
 */
export function visibleChanges(
  table: JournalTable,
  rights: PathRights,
  { rows, after }: { rows: readonly Row[]; after: number },
): readonly Row[] | undefined {
  if (seesAll(rights)) return rows;
  const sees = seeing(table, rights);
  const visible: Row[] = [];
  for (const row of rows) {
    const isSeen = sees(row);
    if (isSeen && row.kind === 'folder' && !row.deleted && hasMoved(table, row, after)) return undefined;
    visible.push(isSeen ? row : hidden(row));
  }
  return visible;
}

/** Those of these rows that a member sees. */
export function visibleRows(table: JournalTable, rights: PathRights, rows: readonly Row[]): readonly Row[] {
  return seesAll(rights) ? rows : rows.filter(seeing(table, rights));
}

/** Asks for many rows: what is above them is looked up once. */
function seeing(table: JournalTable, rights: PathRights): (row: Row) => boolean {
  const folders = new Map<number, Row | undefined>();
  const head = (id: number): Row | undefined => {
    if (!folders.has(id)) folders.set(id, table.head(id));
    return folders.get(id);
  };
  return (row) => {
    const path = pathOf({ head }, row);
    if (path === undefined) return false;
    // Of a folder on the way to something readable only that it is there.
    return row.kind === 'folder' ? rights.sees(path) : rights.reads(path);
  };
}

/** Whether a folder is elsewhere than at `after`. One that is newer holds nothing older that has not moved itself. */
function hasMoved(table: JournalTable, row: Row, after: number): boolean {
  if (row.id > after) return false;
  const [before] = table.rowsOfEntry(row.id, { before: after + 1, limit: 1 });
  return before === undefined || before.parent !== row.parent || before.name !== row.name || before.deleted;
}

function hidden({ sequence, id, kind }: Row): Row {
  const nothing = { mode: undefined, hash: undefined, target: undefined, content: undefined };
  const rest = { parent: ROOT_ID, name: '', size: 0, mtimeMs: 0, chunks: 0, atMs: 0, author: 0 };
  return { sequence, id, kind, ...nothing, ...rest, deleted: true, action: 'deleted' };
}
