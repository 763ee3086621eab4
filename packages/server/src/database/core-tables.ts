import type { Generated } from 'kysely';

/** Tables of the journal and of contents (docs/formats/server.md). Moments are milliseconds since 1970; ids and hashes of content 32 bytes. */
export interface CoreTables {
  workspaces: WorkspacesTable;
  entries: EntriesTable;
  versions: VersionsTable;
  stamps: StampsTable;
  authors: AuthorsTable;
  requests: RequestsTable;
  acknowledged: AcknowledgedTable;
  contents: ContentsTable;
  recipe_parts: RecipePartsTable;
  chunks: ChunksTable;
}

export interface WorkspacesTable {
  readonly number: Generated<number>;
  readonly id: string;
  name: string;
  epoch: string;
  readonly created_ms: number;
  /** JSON, see workspace/settings.ts. */
  settings: string;
  /** Sizes of chunks, in bytes. */
  readonly chunker_min: number;
  readonly chunker_average: number;
  readonly chunker_max: number;
  /** 32 bytes each. */
  readonly chunker_key: Uint8Array;
  readonly id_key: Uint8Array;
  readonly pack_key: Uint8Array;
  /** JSON: names of the index objects in force. */
  indexes: string;
  /** Sequence of the newest row. */
  head: number;
  /** Tombstones up to this sequence may be gone. */
  horizon: number;
  /** Of what lives. */
  files: number;
  folders: number;
  bytes: number;
}

/** One a path that lives or lies in the trash. */
export interface EntriesTable {
  readonly workspace: number;
  readonly id: number;
  parent: number;
  name: string;
  head: number;
  /** 1: in the trash; 2: forgotten for good, only that it was there is known. */
  deleted: number;
}

/** The journal: the whole state of an entry after each change. */
export interface VersionsTable {
  readonly workspace: number;
  readonly sequence: number;
  readonly entry: number;
  readonly parent: number;
  readonly name: string;
  readonly kind: number;
  readonly size: number;
  readonly mtime_ms: number;
  readonly mode: number | null;
  readonly hash: Uint8Array | null;
  readonly target: string | null;
  readonly content: Uint8Array | null;
  readonly chunks: number;
  readonly deleted: number;
  readonly at_ms: number;
  readonly author: number;
  readonly action: number;
}

/** One a transaction, under the last sequence in it; kept for ever. */
export interface StampsTable {
  readonly workspace: number;
  readonly sequence: number;
  readonly stamp: Uint8Array;
}

export interface AuthorsTable {
  readonly number: Generated<number>;
  readonly user: string;
  readonly device: string;
}

/** Answers to commits, for when one is sent again. */
export interface RequestsTable {
  readonly workspace: number;
  readonly author: number;
  readonly request: string;
  readonly answer: string;
  readonly at_ms: number;
}

/** How far a device has told that it is. */
export interface AcknowledgedTable {
  readonly workspace: number;
  readonly author: number;
  sequence: number;
  at_ms: number;
}

/** Contents of several chunks. */
export interface ContentsTable {
  readonly workspace: number;
  readonly content: Uint8Array;
  readonly chunks: number;
  /** Bytes, the sum of all lengths; null until all parts are there. */
  size: number | null;
  readonly at_ms: number;
}

export interface RecipePartsTable {
  readonly workspace: number;
  readonly content: Uint8Array;
  /** Number of the first reference in it. */
  readonly first: number;
  readonly refs: Uint8Array;
}

/** Chunks that came inside commits. */
export interface ChunksTable {
  readonly workspace: number;
  readonly id: Uint8Array;
  readonly bytes: Uint8Array;
  readonly at_ms: number;
}
