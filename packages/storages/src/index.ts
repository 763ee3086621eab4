export { LocalFolder, type LocalFolderOptions } from './local/local-folder.ts';
export { type Platform, platformOf } from './local/platform.ts';
export { type EmptyOptions, type RestoreOptions, Trash, type TrashItem } from './local/trash.ts';
export { MemoryStorage, type MemoryStorageOptions } from './memory/memory-storage.ts';
export { type OpenOptions, openStorage, parseStorageUrl, type StorageAddress } from './open.ts';
export { LocalStateDirectory } from './state/local-state-directory.ts';
export { LockFile, type LockHolder, type LockOptions, PairLock } from './state/pair-lock.ts';
