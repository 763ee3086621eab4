import type { Kind, SyncErrorCode } from '@cloudsync/engine';
import type { Row } from '@cloudsync/protocol';

/** What the caller saw at a path: the sequence of its row; 0: nothing; `any`: it does not matter (the last writer wins). */
export type Base = number | 'any';

/** One change that a commit asks for. Paths have no leading slash. */
export type Change = PutChange | MoveChange | DeleteChange | AttributesChange;

export interface PutChange {
  readonly path: string;
  readonly base: Base;
  readonly put: Put;
}

/** Moves a file, a symlink or a folder with everything in it. `base` is what the caller saw at the target. */
export interface MoveChange {
  readonly path: string;
  readonly base: Base;
  readonly from: string;
  readonly fromBase: Base;
}

/** A folder only when it is empty. */
export interface DeleteChange {
  readonly path: string;
  readonly base: Base;
  readonly delete: true;
}

export interface AttributesChange {
  readonly path: string;
  readonly base: Base;
  readonly attributes: { readonly mtimeMs?: number | undefined; readonly mode?: number | undefined };
}

/** What an entry shall be. */
export interface Put {
  readonly kind: Kind;
  /** Bytes; 0 for folders and symlinks. */
  readonly size: number;
  readonly mtimeMs: number;
  readonly mode?: number | undefined;
  /** SHA-256 of a file's content, lower-case hex; every file has one. */
  readonly hash?: string | undefined;
  /** Of a symlink. */
  readonly target?: string | undefined;
  /** Chunk id (one chunk) or recipe id, lower-case hex. */
  readonly content?: string | undefined;
  readonly chunks: number;
}

/** Done (also when it was so already), or what is there instead, or why not. */
export type ChangeResult =
  | { readonly sequence: number; readonly id: number }
  | { readonly conflict: Row | undefined }
  | { readonly error: SyncErrorCode; readonly message: string };
