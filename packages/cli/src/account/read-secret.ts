import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import { SyncError } from '@cloudsync/engine';

/** The first line of a file, of standard input for `-`. `what` is named in the error. @throws SyncError `config/invalid` */
export async function readSecretFile(file: string, what: string): Promise<string> {
  const content = file === '-' ? await readAll(process.stdin) : await read(file, what);
  const line =
    content
      .replace(/^\uFEFF/, '')
      .split(/\r?\n/)[0]
      ?.trim() ?? '';
  if (line === '') throw new SyncError('config/invalid', `the first line of ${file} is empty; ${what} belongs there`);
  return line;
}

async function read(file: string, what: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new SyncError('config/invalid', `${file} with ${what} cannot be read (${code}); check its path`, { cause: error });
  }
}
