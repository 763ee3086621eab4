/** What one side may ask of the other. Every number here is checked before anything is looked at (docs/formats/wire.md). */
export const LIMITS = {
  /** Of one frame. */
  frameBytesMax: 4 * 2 ** 20,
  /** Of the first frame, which nobody has proven anything for yet. */
  helloBytesMax: 4 * 2 ** 10,
  /** Arrays and maps inside each other. */
  depthMax: 8,
  /** Values in one frame, all levels together. */
  itemsMax: 150_000,
  /** Requests of one connection that have not been answered. */
  requestsOpenMax: 256,
  /** Of a path, in UTF-16 units. */
  pathMax: 4_096,
  /** Folders above an entry. */
  pathDepthMax: 256,
  /** Of a name, in bytes of UTF-8. */
  nameBytesMax: 255,
  /** Of a symlink's target, in UTF-16 units. */
  targetMax: 4_096,
  /** Of one chunk. */
  chunkBytesMax: 2 ** 20,
  /** Bytes of chunks in one answer, unless one alone is larger. */
  answerBytesMax: 3 * 2 ** 20,
  /** Changes in one commit. */
  changesMax: 2_000,
  /** Rows in one page. */
  pageRowsMax: 5_000,
  /** Chunk references in one part of a recipe. */
  recipePartMax: 65_536,
  /** Chunks of one file: 16 TiB of average ones. */
  chunksMax: 2 ** 28,
  /** Files up to this size travel with the row that tells of them. */
  inlineBytesMax: 64 * 2 ** 10,
} as const;
