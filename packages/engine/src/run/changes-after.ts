import type { PathMove } from '../compare/rename-order.ts';
import { placeAfter, placeBefore } from '../compare/rename-order.ts';
import { type Entry, isUntouched } from '../model/entry.ts';
import type { HashResult, Storage } from '../storage.ts';
import type { SideChanges } from './side-changes.ts';
import type { SyncStateManager } from './state-manager.ts';

export interface RowSource {
  readonly state: Pick<SyncStateManager, 'pick'>;
  /** Files are told apart by their hashes, so a change stamp needs no trust. */
  readonly hashesTell: boolean;
}

/** One side's changes as its scan would have found them after some renames. */
export async function changesAfter(
  moves: readonly PathMove[],
  changes: SideChanges,
  { state, hashesTell }: RowSource,
): Promise<SideChanges> {
  const after = (path: string): string => placeAfter(moves, path);
  const moved = [...changes.now.keys()].filter((path) => after(path) !== path);
  const rows = new Map(changes.last);
  const unknown = new Set(moved.map(after).filter((path) => !rows.has(path)));
  for (const [path, row] of await state.pick(changes.side, unknown)) rows.set(path, row);
  const now = new Map<string, Entry>();
  for (const entry of changes.now.values()) {
    const path = after(entry.path);
    const row = rows.get(path);
    // A rename moves the stamp of what is renamed; without hashes only the identity can tell that it is nothing more.
    const isItself = path !== entry.path && !hashesTell && row?.id !== undefined && row.id === entry.id;
    const found = { ...entry, path, version: isItself ? row.version : entry.version };
    if (row !== undefined && isUntouched(row, found)) rows.delete(path);
    else now.set(path, found);
  }
  const gone = [...rows.keys()].filter((path) => !now.has(path));
  const relocated = <N extends { readonly path: string }>(notes: readonly N[]): N[] =>
    notes.map((note) => ({ ...note, path: after(note.path) }));
  return {
    ...changes,
    now,
    last: rows,
    gone: new Set(gone),
    unreadable: relocated(changes.unreadable),
    skipped: relocated(changes.skipped),
    holdsIgnored: new Set([...changes.holdsIgnored].map(after)),
  };
}

/** What a plan may ask of a storage. */
export type Asked = Pick<Storage, 'stat' | 'hash' | 'download'>;

/** A storage asked by the paths that hold after some renames, while nothing is renamed yet. */
export function askedAfter(moves: readonly PathMove[], storage: Storage): Asked {
  if (moves.length === 0) return storage;
  const before = (entry: Entry): Entry => ({ ...entry, path: placeBefore(moves, entry.path) });
  return {
    async stat(path): Promise<Entry | undefined> {
      const place = placeBefore(moves, path);
      if (placeAfter(moves, place) !== path) return undefined;
      const found = await storage.stat(place);
      return found && { ...found, path };
    },
    download: (entry, options) => storage.download(before(entry), options),
    ...(storage.hash && {
      hash: (entries: readonly Entry[], options): Promise<HashResult[]> =>
        (storage.hash as NonNullable<Storage['hash']>)(entries.map(before), options),
    }),
  };
}
