import type { Kind } from '@cloudsync/engine';

/** What made a row. */
export const ROW_ACTIONS = ['created', 'modified', 'moved', 'deleted', 'restored', 'attributes'] as const;
export type RowAction = (typeof ROW_ACTIONS)[number];

/** In the order of their numbers on the wire and in the database. */
export const KINDS: readonly Kind[] = ['file', 'folder', 'symlink'];

/** The folder that everything lies in. It has no row. */
export const ROOT_ID = 0;

/**
 * The whole state of one entry after one change: an item of a workspace's journal. The newest row of an entry is its *head*.
 * The tree consists of the heads that are not deleted; a path follows from the names on the way to {@link ROOT_ID}.
 */
export interface Row {
  /** Place in the journal; strictly increasing in a workspace, never used twice in an epoch. */
  readonly sequence: number;
  /** Of the entry: the sequence of its first row. Stays through renames, is never used again. */
  readonly id: number;
  /** Id of the folder that holds it. */
  readonly parent: number;
  readonly name: string;
  readonly kind: Kind;
  /** Bytes of content; 0 for folders and symlinks. */
  readonly size: number;
  /** Milliseconds since 1970, to the microsecond. */
  readonly mtimeMs: number;
  readonly mode: number | undefined;
  /** SHA-256 of a file's content, lower-case hex. */
  readonly hash: string | undefined;
  /** Of a symlink. */
  readonly target: string | undefined;
  /** Of a file with content: its chunk id when it is one chunk, else the id of its recipe; lower-case hex. */
  readonly content: string | undefined;
  /** How many chunks the content has; 0 for an empty file. */
  readonly chunks: number;
  readonly deleted: boolean;
  /** When the server took it, by the server's clock. */
  readonly atMs: number;
  /** Number of the user and device that made it; 0: the server itself. */
  readonly author: number;
  readonly action: RowAction;
}
