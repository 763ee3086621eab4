import type { Entry, Kind, Side } from '../model/entry.ts';

/** What a plan does; the names are a public contract (events, dry runs, logs). */
export type ActionType =
  | 'UPLOAD_NEW'
  | 'UPLOAD_UPDATE'
  | 'UPLOAD_RESTORE'
  | 'DOWNLOAD_NEW'
  | 'DOWNLOAD_UPDATE'
  | 'DOWNLOAD_RESTORE'
  | 'DELETE_SOURCE'
  | 'DELETE_DESTINATION'
  | 'RENAME_SOURCE'
  | 'RENAME_DESTINATION'
  | 'NO_ACTION'
  | 'CONFLICT';

/** One step of a plan. */
export interface Action {
  readonly type: ActionType;
  /** The path it acts on; for a rename the new path. */
  readonly path: string;
  readonly kind: Kind;
  /** For a rename: the old path on the side that is renamed. */
  readonly from?: string | undefined;
  /** What the scan saw on each side, in the paths that hold after the renames of this plan. */
  readonly source?: Entry | undefined;
  readonly destination?: Entry | undefined;
  /** True when content is equal and only mtime or permission bits travel. */
  readonly attributesOnly?: boolean | undefined;
  readonly attributes?:
    | { readonly mtimeMs?: number | undefined; readonly mode?: number | undefined; readonly vector?: string | undefined }
    | undefined;
  /** For a deletion: the version vector that the other side's deletion left. */
  readonly tombstone?: string | undefined;
  /** A deleted folder that comes back only for what is in it. */
  readonly isCarrier?: boolean | undefined;
  /** Bytes of content to move. */
  readonly bytes: number;
  /** One short clause for people: why this is done. */
  readonly reason: string;
  /** For CONFLICT: how it is settled. */
  readonly conflict?: Conflict | undefined;
}

export type ConflictKind =
  /** Both sides edited, or both made, the same path differently. */
  | 'both-changed'
  /** Deleted on one side, edited on the other; the edit survives. Reported, needs nobody. */
  | 'deleted-and-edited'
  /** Renamed to different names on each side. */
  | 'renamed-differently'
  /** A folder on one side, a file or symlink on the other. */
  | 'folder-and-file';

/** How a conflict ends. `unresolved` is left for the user. */
export type ConflictOutcome = 'source' | 'destination' | 'both' | 'merged' | 'unresolved';

/** A conflict is data: what met, and what was done about it. */
export interface Conflict {
  readonly kind: ConflictKind;
  readonly path: string;
  readonly source: Entry | undefined;
  readonly destination: Entry | undefined;
  readonly outcome: ConflictOutcome;
  /** For `both`: the name that the loser's content is kept under, on both sides. */
  readonly copyPath?: string | undefined;
  /** For `both`: whose content keeps the name. */
  readonly winner?: Side | undefined;
  /** One sentence for people. */
  readonly message: string;
}
