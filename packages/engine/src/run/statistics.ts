/** What one cycle did. Counts are of files and symlinks unless the name says otherwise. */
export interface SyncStatistics {
  /** Files on each side at the end of the cycle. */
  sourceFiles: number;
  destinationFiles: number;
  uploaded: number;
  downloaded: number;
  deletedAtSource: number;
  deletedAtDestination: number;
  renamed: number;
  foldersCreated: number;
  foldersDeleted: number;
  /** Only mtime or permission bits were brought over. */
  attributesUpdated: number;
  bytesUploaded: number;
  bytesDownloaded: number;
  /** Of these, bytes that the receiver had already, so that they did not travel. */
  bytesReused: number;
  conflicts: number;
  /** Of these, edits of both sides that became one text. */
  merged: number;
  conflictsLeft: number;
  failed: number;
  notes: number;
  durationMs: number;
}

export function emptyStatistics(): SyncStatistics {
  return {
    sourceFiles: 0,
    destinationFiles: 0,
    uploaded: 0,
    downloaded: 0,
    deletedAtSource: 0,
    deletedAtDestination: 0,
    renamed: 0,
    foldersCreated: 0,
    foldersDeleted: 0,
    attributesUpdated: 0,
    bytesUploaded: 0,
    bytesDownloaded: 0,
    bytesReused: 0,
    conflicts: 0,
    merged: 0,
    conflictsLeft: 0,
    failed: 0,
    notes: 0,
    durationMs: 0,
  };
}
