import type { Entry, Side } from '../model/entry.ts';

/** The three views of one path: what was agreed last, and what each side has now. */
export interface Triple {
  readonly path: string;
  /** Both rows or none: a path is agreed or it is not. */
  readonly last: { readonly source: Entry; readonly destination: Entry } | undefined;
  readonly source: Entry | undefined;
  readonly destination: Entry | undefined;
  /** Where a side remembers to have deleted the path: what that deletion knew, as a version vector. */
  readonly tombstones?: { readonly source: string | undefined; readonly destination: string | undefined } | undefined;
}

/** What happened to a path on one side since the last state. Attributes alone (mtime, mode) are no change of content. */
export type Change = 'none' | 'created' | 'modified' | 'deleted';

/**
 * Compares a side with its own last state. Exact, never with a tolerance: what the quick check cannot clear is decided by
 * hash, and without a hash every sign of a write counts as an edit.
 */
export function changeOf(last: Entry | undefined, now: Entry | undefined): Change {
  if (last === undefined) return now === undefined ? 'none' : 'created';
  if (now === undefined) return 'deleted';
  if (last.kind !== now.kind) return 'modified';
  switch (now.kind) {
    case 'folder':
      return 'none';
    case 'symlink':
      return last.target === now.target ? 'none' : 'modified';
    case 'file':
      return isEdited(last, now) ? 'modified' : 'none';
  }
}

function isEdited(last: Entry, now: Entry): boolean {
  if (last.size !== now.size) return true;
  if (last.hash !== undefined && now.hash !== undefined) return last.hash !== now.hash;
  if (last.mtimeMs !== now.mtimeMs) return true;
  // A chmod moves the version too; only a move that the mode does not explain is taken for an edit.
  return last.version !== now.version && last.mode === now.mode;
}

export function changeOn(side: Side, triple: Triple): Change {
  return changeOf(triple.last?.[side], triple[side]);
}
