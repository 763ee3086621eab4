export { BLOB_BYTES_MAX, type BlobInfo, type BlobStore } from './blob/blob-store.ts';
export * from './blob/folder-blob-store.ts';
export * from './blob/memory-blob-store.ts';
export { Chunker, type ChunkerOptions } from './chunk/chunker.ts';
export type { ChunkerConstants } from './chunk/chunker-constants.ts';
export { assertChunkerParams, type ChunkerParams, DEFAULT_CHUNKER } from './chunk/chunker-params.ts';
export { chunkerConstants } from './chunk/keyed-constants.ts';
export { ContentIngest, type ContentIngestOptions, type IngestOptions } from './ingest/content-ingest.ts';
export type { Ingested, IngestResult } from './ingest/ingested.ts';
export { OpenFile } from './ingest/read-local.ts';
export type { SegmentSink } from './ingest/segment-sink.ts';
export {
  ContentRestore,
  type ContentRestoreOptions,
  type FileToRestore,
  type RestoreOptions,
  type RestoreResult,
} from './restore/content-restore.ts';
export * from './seal/seal.ts';
export * from './seal/sealed-object.ts';
export { type SealSuite, TAG_BYTES } from './seal/suites.ts';
export { type ChunkId, chunkId, chunkIdOfDigest, decodeChunkId, encodeChunkId } from './store/chunk-id.ts';
export * from './store/chunk-index.ts';
export * from './store/chunk-store.ts';
export { type CopyChunksOptions, copyChunks } from './store/copy-chunks.ts';
export type { PackDirectory, PackKind } from './store/directory.ts';
export { INDEX_PREFIX, indexName, readIndexObject } from './store/index-object.ts';
export { PACK_PREFIX, packName, saltOfPackName } from './store/pack-format.ts';
export type { SealedSegment, SegmentSlot, WrittenPack } from './store/pack-writer.ts';
export * from './store/packed-chunk-store.ts';
export { readPackDirectory, type SealedBlobs } from './store/read-pack.ts';
export { type PackDamage, verifyPack } from './store/verify-pack.ts';
export { errorOf, failureOf } from './threads/failure.ts';
