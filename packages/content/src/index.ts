export type { BlobInfo, BlobStore } from './blob/blob-store.ts';
export * from './seal/seal.ts';
export * from './seal/sealed-object.ts';
export { type SealSuite, TAG_BYTES } from './seal/suites.ts';
export { type ChunkId, chunkId } from './store/chunk-id.ts';
export * from './store/chunk-store.ts';
export type { PackKind } from './store/directory.ts';
