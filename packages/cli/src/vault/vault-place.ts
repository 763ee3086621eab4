import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { SyncError } from '@cloudsync/engine';
import { parseStorageUrl } from '@cloudsync/storages';

/** Where a vault lies, as the user named it. */
export interface VaultPlace {
  /** As it was written. */
  readonly given: string;
  /** The folder that holds it. */
  readonly folder: string;
}

/** Reads `./v`, `/v` or `vault:./v`. @throws SyncError `config/invalid` */
export function vaultPlace(given: string, cwd: string): VaultPlace {
  if (given === '') throw new SyncError('config/invalid', 'the vault is empty; name its folder');
  const address = parseStorageUrl(given);
  if (address.type !== 'local' && address.type !== 'vault')
    throw new SyncError('config/invalid', `${given} is not a vault; name its folder`);
  return { given, folder: resolve(cwd, withHome(address.path)) };
}

/** A shell leaves the `~` of `vault:~/v` as it is. */
export function withHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}

/** @throws SyncError `vault/not-a-vault`, so that a missing place reads as what it is */
export function assertFolderThere({ given, folder }: VaultPlace): void {
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (stats?.isDirectory() === true) return;
  const what = stats === undefined ? 'does not exist' : 'is not a folder';
  throw new SyncError('vault/not-a-vault', `the vault ${given} ${what}; check the path, or mount its disk`);
}
