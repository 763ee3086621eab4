import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SyncError } from '@cloudsync/engine';
import { LocalStateDirectory, PairLock } from '@cloudsync/storages';
import type * as z from 'zod/mini';
import { makeStateFolder } from './state-folder.ts';

export interface PrivateFileOptions<T> {
  /** The device's home. */
  readonly home: string;
  readonly name: string;
  readonly schema: z.ZodMiniType<T>;
  /** What it is before it was ever written. */
  readonly empty: T;
}

/** A small JSON file of the device that only its owner can read (0600). It is replaced as a whole, by one process at a time. */
export class PrivateFile<T> {
  readonly path: string;
  readonly #name: string;
  readonly #schema: z.ZodMiniType<T>;
  readonly #empty: T;

  constructor({ home, name, schema, empty }: PrivateFileOptions<T>) {
    this.path = join(home, name);
    this.#name = name;
    this.#schema = schema;
    this.#empty = empty;
  }

  /** @throws SyncError `state/corrupt`, `storage/io` */
  read(): T {
    let text: string;
    try {
      text = readFileSync(this.path, 'utf8');
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return this.#empty;
      throw new SyncError('storage/io', `${this.path} cannot be read (${code}); check its permissions`, { cause: error });
    }
    try {
      return this.#schema.parse(JSON.parse(text));
    } catch (cause) {
      throw new SyncError('state/corrupt', `${this.path} is damaged; mend it, or remove it and set it up again`, { cause });
    }
  }

  /** Changes what the file says; of two commands at once none loses what it wrote. @returns what it says now */
  async update(change: (value: T) => T): Promise<T> {
    const folder = dirname(this.path);
    makeStateFolder(folder);
    await using _lock = await PairLock.acquire(join(folder, 'settings-lock'), { wait: { onWait: () => undefined } });
    const value = change(this.read());
    const directory = new LocalStateDirectory(folder);
    await directory.write(this.#name, [`${JSON.stringify(value, null, 2)}\n`]);
    await directory.close();
    return value;
  }
}
