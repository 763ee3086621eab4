import { rmSync, writeFileSync } from 'node:fs';
import { SyncError } from '@cloudsync/engine';

/**
 * Writes a key into a file for its owner only: a new one, so that nobody who may read an old one of this name reads the key.
 * @param advice what to do when that fails
 * @throws SyncError `config/invalid`
 */
export function writeSecretFile(file: string, key: string, advice: string): void {
  try {
    rmSync(file, { force: true });
    writeFileSync(file, `${key}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new SyncError('config/invalid', `the key cannot be written to ${file} (${code}); ${advice}`, { cause: error });
  }
}
