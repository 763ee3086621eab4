import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { SyncError } from '@cloudsync/engine';
import * as z from 'zod';

/**
 * Remembers beside the database how far each journal surely was. A database that is behind it was restored from a backup, and clients are
 * told so by a new epoch. (A witness that was restored with it tells nothing; then the stamps of the transactions do.)
 */
export interface Witness {
  /** Sequences by workspace id. */
  read(): ReadonlyMap<string, number>;
  write(heads: ReadonlyMap<string, number>): void;
}

const witnessFile = z.object({ version: z.literal(1), heads: z.record(z.string(), z.int().min(0)) });

/** A small JSON file. */
export function fileWitness(path: string): Witness {
  return {
    read() {
      let text: string;
      try {
        text = readFileSync(path, 'utf8');
      } catch {
        return new Map();
      }
      return new Map(Object.entries(parse(path, text)));
    },
    write(heads) {
      const file = openSync(`${path}.new`, 'w', 0o600);
      writeSync(file, JSON.stringify({ version: 1, heads: Object.fromEntries(heads) }));
      fsyncSync(file);
      closeSync(file);
      renameSync(`${path}.new`, path);
    },
  };
}

/** For a server that keeps nothing. */
export function memoryWitness(): Witness {
  let known: ReadonlyMap<string, number> = new Map();
  return {
    read: () => known,
    write: (heads) => {
      known = new Map(heads);
    },
  };
}

function parse(path: string, text: string): Record<string, number> {
  try {
    return witnessFile.parse(JSON.parse(text)).heads;
  } catch (cause) {
    throw new SyncError('server/damaged', `${path} is damaged; delete it, and clients take the server's history as it is`, { cause });
  }
}
