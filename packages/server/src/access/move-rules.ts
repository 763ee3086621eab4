import type { ServerDatabase } from '../database/server-database.ts';
import type { Move } from '../journal/draft.ts';

const SQL = {
  any: "select 1 from permissions where workspace = ? and (path = ? or substr(path, 1, length(?) + 1) = ? || '/') limit 1",
  clear: "delete from permissions where workspace = ? and (path = ? or substr(path, 1, length(?) + 1) = ? || '/')",
  move: "update permissions set path = ? || substr(path, length(?) + 1) where workspace = ? and (path = ? or substr(path, 1, length(?) + 1) = ? || '/')",
} as const;

/**
 * Path rules go with what is moved, inside the transaction that moves it: what was hidden stays hidden under its new path. Rules that were
 * left at the new path by something that is gone end.
 * @returns whether there were any
 */
export function moveRules(database: Pick<ServerDatabase, 'prepare'>, workspace: string, moves: readonly Move[]): boolean {
  let found = false;
  for (const { from, to } of moves) {
    if (database.prepare(SQL.any).get(workspace, from, from, from) === undefined) continue;
    found = true;
    database.prepare(SQL.clear).run(workspace, to, to, to);
    database.prepare(SQL.move).run(to, from, workspace, from, from, from);
  }
  return found;
}
