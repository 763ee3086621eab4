import type { ChunkId, ChunkRef } from '@cloudsync/content';

/**
 * One path of a tree (docs/formats/vault.md, "Trees"): a file, folder or symlink that is there, or a tombstone of one that was deleted.
 */
export type Row = FileRow | FolderRow | SymlinkRow | TombstoneRow;
/** A row of something that is there. */
export type LiveRow = FileRow | FolderRow | SymlinkRow;

interface RowBase {
  readonly path: string;
  /** Milliseconds since 1970 in whole microseconds; of a tombstone: when it was deleted. */
  readonly mtimeMs: number;
  /** 16 hex digits, random; stays through renames. */
  readonly id: string;
  /** Version vector in its text form. */
  readonly vector: string;
}

interface LiveRowBase extends RowBase {
  /** Permission bits; undefined where the giver had none. */
  readonly mode: number | undefined;
}

export interface FileRow extends LiveRowBase {
  readonly kind: 'file';
  /** Bytes. */
  readonly size: number;
  /** SHA-256 of the content in lower-case hex. */
  readonly hash: string;
  readonly content: ContentList;
}

export interface FolderRow extends LiveRowBase {
  readonly kind: 'folder';
}

export interface SymlinkRow extends LiveRowBase {
  readonly kind: 'symlink';
  /** Where it points, verbatim. */
  readonly target: string;
}

export interface TombstoneRow extends RowBase {
  readonly kind: 'tombstone';
  /** Of the commit that made it. */
  readonly sequence: number;
}

/** The chunks of a file in order: in the row itself, or in nodes that are chunks themselves. */
export type ContentList = { readonly chunks: readonly ChunkRef[] } | { readonly level: number; readonly nodes: readonly ContentNode[] };

/** A node of a content list: holds references to chunks (level 0) or to nodes of the level below. */
export interface ContentNode {
  readonly id: ChunkId;
  /** Bytes of the node itself. */
  readonly length: number;
  /** Chunks of the file below it. */
  readonly chunks: number;
  /** Bytes of the file below it. */
  readonly bytes: number;
}

/** What a subtree holds, so that nobody has to read it to know. */
export interface Summary {
  readonly files: number;
  readonly folders: number;
  readonly symlinks: number;
  readonly tombstones: number;
  /** Content of the files. */
  readonly bytes: number;
  /** The lowest sequence of a tombstone; undefined when there is none. */
  readonly oldestTombstone: number | undefined;
}

/** The root of a tree; undefined is the empty tree. */
export interface TreeRoot {
  /** 0: the root is a leaf. */
  readonly level: number;
  readonly id: ChunkId;
  /** Bytes of the node. */
  readonly length: number;
}
