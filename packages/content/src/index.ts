export type { BlobInfo, BlobStore } from './blob/blob-store.ts';
export * from './seal/seal.ts';
export * from './store/chunk-store.ts';
