import { fileURLToPath } from 'node:url';
import type { Storage } from '@cloudsync/engine';
import { SyncError } from '@cloudsync/engine/model/error';
import { LocalFolder, type LocalFolderOptions } from './local/local-folder.ts';
import { MemoryStorage } from './memory/memory-storage.ts';

/** What a storage URL names. */
export type StorageAddress =
  | { readonly type: 'local'; readonly path: string }
  | { readonly type: 'memory'; readonly name: string }
  /** A vault in this folder; it opens with keys, which is not done here. */
  | { readonly type: 'vault'; readonly path: string };

export type OpenOptions = Pick<LocalFolderOptions, 'trash' | 'symlinks'>;

const KNOWN = 'a folder (./dir, /dir, C:\\dir, file:///dir), vault:./dir or memory:name';

/**
 * Opens what a URL names: `./dir`, `/dir`, `C:\dir`, `file:///dir`, `memory:name` (a new, empty one). Nothing is looked at yet.
 * It is for an engine: a watcher does not tell of what was changed through it.
 * @throws SyncError `config/invalid`
 */
export function openStorage(url: string, options: OpenOptions = {}): Storage {
  const address = parseStorageUrl(url);
  switch (address.type) {
    case 'local':
      return new LocalFolder(address.path, { ...options, tellsOwnChanges: false });
    case 'memory':
      return new MemoryStorage({ name: address.name });
    case 'vault':
      throw new SyncError(
        'config/invalid',
        `${JSON.stringify(url)} is a vault: it opens with its keys, as a VaultStorage of @cloudsync/vault`,
      );
  }
}

/** Reads a storage URL. What has no scheme is the path of a folder. @throws SyncError `config/invalid` */
export function parseStorageUrl(url: string): StorageAddress {
  if (url.trim() === '') throw new SyncError('config/invalid', `the address of a storage is empty; give ${KNOWN}`);
  if (url.includes('\0')) throw new SyncError('config/invalid', `${JSON.stringify(url)} holds a NUL character; give ${KNOWN}`);
  const scheme = schemeOf(url);
  switch (scheme) {
    case undefined:
      return { type: 'local', path: url };
    case 'file':
      return { type: 'local', path: pathOfFileUrl(url) };
    case 'memory':
      return { type: 'memory', name: url.slice('memory:'.length) };
    case 'vault':
      return { type: 'vault', path: pathOfVaultUrl(url) };
    default:
      throw new SyncError(
        'config/invalid',
        `${JSON.stringify(url)}: unknown scheme ${scheme}; give ${KNOWN} (./${url} for a folder of that name)`,
      );
  }
}

/** One letter and a colon is a Windows drive; a slash before the colon makes it a path. */
function schemeOf(url: string): string | undefined {
  return /^([a-z][a-z0-9+.-]+):/i.exec(url)?.[1]?.toLowerCase();
}

/** `vault:./dir`, `vault:/dir`, `vault:///dir`. */
function pathOfVaultUrl(url: string): string {
  const path = url.slice('vault:'.length).replace(/^\/\/(?=\/)/, '');
  if (path === '' || path.startsWith('//'))
    throw new SyncError('config/invalid', `${JSON.stringify(url)} names no folder of a vault; write vault:./dir or vault:/dir`);
  return path;
}

function pathOfFileUrl(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw new SyncError('config/invalid', `${JSON.stringify(url)} is not the URL of a folder; write file:///dir`, { cause: error });
  }
}
