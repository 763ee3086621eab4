import { count, scaled } from './scenario.ts';
import { editSmallFiles, insertByteIntoBigFile, makeBigFile, makeSmallFiles, type SmallFiles } from './trees.ts';

/** A tree that benches work on: what to call it, how it is made, and the edits that are made to it. */
export interface Shape {
  readonly tree: string;
  readonly files: number;
  make(root: string): void;
}

export interface SmallFilesShape extends Shape {
  /** Gives one in a hundred new content of the same size; returns how many. */
  editOnePercent(root: string): number;
}

export interface BigFileShape extends Shape {
  insertByte(root: string): void;
}

/** Files of `size` random bytes, a hundred to a folder; `scale` makes them fewer. */
export function smallFiles({ files, size }: SmallFiles, scale: number): SmallFilesShape {
  const some: SmallFiles = { files: scaled(files, scale), size };
  return {
    tree: `${count(some.files)} files of ${sizeText(size)}`,
    files: some.files,
    make: (root) => makeSmallFiles(root, some),
    editOnePercent: (root) => editSmallFiles(root, some, 100),
  };
}

/** One file of random bytes, 1 GiB at `scale` 1. */
export function bigFile(scale: number): BigFileShape {
  const size = scaled(2 ** 30, scale);
  return { tree: `one file of ${sizeText(size)}`, files: 1, make: (root) => makeBigFile(root, size), insertByte: insertByteIntoBigFile };
}

function sizeText(bytes: number): string {
  for (const [unit, size] of [
    ['GiB', 2 ** 30],
    ['MiB', 2 ** 20],
    ['KiB', 2 ** 10],
  ] as const) {
    if (bytes % size === 0) return `${bytes / size} ${unit}`;
  }
  return `${count(bytes)} bytes`;
}
