import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import { SyncError } from '@cloudsync/engine';
import type { Secret } from '@cloudsync/vault';
import type { VaultKeyFlags } from '../command-line/vault/vault-flags.ts';

/** What was given to open vaults with, by options or else by CLOUDSYNC_PASSPHRASE; empty when the user has to be asked. */
export async function givenSecrets({ passphraseFile = [], keyFile = [] }: VaultKeyFlags, env: NodeJS.ProcessEnv): Promise<Secret[]> {
  const secrets: Secret[] = [];
  for (const file of passphraseFile) secrets.push({ kind: 'passphrase', text: await readPassphraseFile(file) });
  for (const file of keyFile) secrets.push({ kind: 'key-file', bytes: await readKeyFile(file) });
  if (secrets.length === 0 && env.CLOUDSYNC_PASSPHRASE) secrets.push({ kind: 'passphrase', text: env.CLOUDSYNC_PASSPHRASE });
  return secrets;
}

/** The first line of a file, of standard input for `-`. @throws SyncError `config/invalid` */
export async function readPassphraseFile(file: string): Promise<string> {
  const content = file === '-' ? await readAll(process.stdin) : (await read(file, 'the passphrase file')).toString('utf8');
  const [line = ''] = content.replace(/^\uFEFF/, '').split(/\r?\n/);
  if (line === '')
    throw new SyncError('config/invalid', `the passphrase file ${file} has an empty first line; the passphrase belongs there`);
  return line;
}

export async function readKeyFile(file: string): Promise<Uint8Array> {
  return await read(file, 'the key file');
}

async function read(file: string, what: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new SyncError('config/invalid', `${what} ${file} cannot be read (${(error as NodeJS.ErrnoException).code}); check its path`, {
      cause: error,
    });
  }
}
