import { readSync } from 'node:fs';

/** The unit in which threads read, hash and write. */
export const BLOCK_BYTES = 1 << 20;

/**
 * Reads on from where the file stands until there are `enough` bytes, or `most` when the system gives more, or the end:
 * a network file system may give less than was asked for.
 * @returns how many bytes are in `buffer`
 */
export function readFully(file: number, buffer: Uint8Array, enough: number, most = enough): number {
  let total = 0;
  do {
    const bytesRead = readSync(file, buffer, total, most - total, null);
    if (bytesRead === 0) break;
    total += bytesRead;
  } while (total < enough);
  return total;
}
