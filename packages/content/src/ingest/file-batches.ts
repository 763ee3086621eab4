import type { LocalFile } from '@cloudsync/engine';
import { ARENA_BYTES } from './arenas.ts';

/** A file, and where it stands in the question. */
export interface Asked {
  readonly file: LocalFile;
  readonly at: number;
}

/** So many files are one order at most: its message stays small, and all threads get some. */
const FILES_MAX = 256;

/** Small files in batches that fit into an arena; each big one by itself. */
export function batchesOf(files: readonly LocalFile[]): { readonly small: readonly (readonly Asked[])[]; readonly big: readonly Asked[] } {
  const small: Asked[][] = [];
  const big: Asked[] = [];
  let bytes = Number.POSITIVE_INFINITY;
  files.forEach((file, at) => {
    if (file.size > ARENA_BYTES) {
      big.push({ file, at });
      return;
    }
    bytes += file.size;
    if (bytes > ARENA_BYTES || small.at(-1)?.length === FILES_MAX) {
      small.push([]);
      bytes = file.size;
    }
    small.at(-1)?.push({ file, at });
  });
  return { small, big };
}
