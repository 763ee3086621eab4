import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { SyncError } from '@cloudsync/engine';
import type { NewSecret } from '@cloudsync/vault';
import type { Terminal } from '../terminal/terminal.ts';
import { askNewPassphrase } from './ask-passphrase.ts';

const KEY_FILE_BYTES = 32;

/** Asks for a new passphrase. @throws SyncError `config/invalid` without a terminal */
export async function newPassphrase(terminal: Terminal, message: string, instead: string): Promise<NewSecret> {
  if (!terminal.canAsk) throw new SyncError('config/invalid', `there is no terminal to ask for a passphrase on; use ${instead}`);
  return { kind: 'passphrase', text: await askNewPassphrase(message) };
}

/** Makes a key file of random bytes that only its owner can read. A file that is there stays. @throws SyncError `config/invalid` */
export async function makeKeyFile(file: string): Promise<NewSecret> {
  const bytes = randomBytes(KEY_FILE_BYTES);
  try {
    await writeFile(file, bytes, { flag: 'wx', mode: 0o600, flush: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'EEXIST' ? 'it exists' : code;
    throw new SyncError('config/invalid', `the key file ${file} cannot be made (${why}); choose another name`, { cause: error });
  }
  return { kind: 'key-file', bytes };
}
