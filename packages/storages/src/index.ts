export { LocalFolder, type LocalFolderOptions } from './local/local-folder.ts';
export { type Platform, platformOf } from './local/platform.ts';
export { MemoryStorage, type MemoryStorageOptions } from './memory/memory-storage.ts';
export { LocalStateDirectory } from './state/local-state-directory.ts';
