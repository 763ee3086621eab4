import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SyncError } from '@cloudsync/engine';
import type { VaultPlace } from './vault-place.ts';

/** What systems put into the root of a disk by themselves. */
const SYSTEM_NAMES =
  /^(lost\+found|System Volume Information|\$RECYCLE\.BIN|\.DS_Store|\.Trashes|\.Spotlight-V100|\.fseventsd|\.Trash-\d+)$/;
/** What an interrupted init leaves behind. */
const UNBORN_NAMES = new Set(['keys']);

/** The folder of a vault that is being made. Unless it is kept, one that was made for it goes again. */
export interface NewVaultFolder {
  keep(): void;
  [Symbol.dispose](): void;
}

/**
 * Makes the folder for a vault, one level, or takes an empty one.
 * @throws SyncError `vault/exists`, `vault/not-a-vault` for a folder with something else in it, `storage/root-missing`, `storage/denied`
 */
export function makeVaultFolder({ given, folder }: VaultPlace): NewVaultFolder {
  const isMade = !existsSync(folder) && makeFolder(given, folder);
  if (!isMade) assertFree(given, folder);
  let isKept = !isMade;
  return {
    keep: () => {
      isKept = true;
    },
    [Symbol.dispose]: () => {
      if (!isKept) removeEmpty(folder);
    },
  };
}

function makeFolder(given: string, folder: string): true {
  const parent = dirname(folder);
  if (!existsSync(parent)) {
    throw new SyncError(
      'storage/root-missing',
      `${given} cannot be made because ${parent} does not exist; make that first, or mount its disk`,
    );
  }
  try {
    mkdirSync(folder, { mode: 0o700 });
    return true;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new SyncError('storage/denied', `${given} cannot be made (${code}); choose another place`, { cause });
  }
}

function assertFree(given: string, folder: string): void {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new SyncError('vault/not-a-vault', `${given} is no folder that can be read (${code}); name a folder`, { cause });
  }
  if (isVaultFolder(folder)) throw exists(given);
  const foreign = names.find((name) => !UNBORN_NAMES.has(name) && !SYSTEM_NAMES.test(name));
  if (foreign !== undefined) {
    throw new SyncError('vault/not-a-vault', `${given} is not empty (${foreign}); name an empty folder, or one that does not exist`);
  }
}

/** True when a folder looks like a vault; whether it is a good one is found when it is opened. */
export function isVaultFolder(folder: string): boolean {
  const start = Buffer.alloc(64);
  try {
    const file = openSync(join(folder, 'config'), 'r');
    try {
      readSync(file, start);
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
  return start.includes('"cloudsync-vault"');
}

function exists(given: string): SyncError {
  return new SyncError('vault/exists', `${given} is a vault already; sync with it, or name another place`);
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Something came into it meanwhile, and that stays.
  }
}
