/** An upload that is under way; its bytes are in a file of its own. */
export interface UploadsTable {
  readonly id: string;
  readonly workspace: string;
  readonly user: string;
  readonly path: string;
  /** Bytes, where they were told. */
  readonly size: number | null;
  readonly hash: string | null;
  readonly mtime_ms: number | null;
  readonly mode: number | null;
  /** Version that it replaces; null: whatever is there. */
  readonly base: number | null;
  expires_ms: number;
}

export interface UploadTables {
  uploads: UploadsTable;
}
