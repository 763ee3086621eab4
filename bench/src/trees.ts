import { randomFillSync } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

const FILES_PER_FOLDER = 100;
const MEBIBYTE = 1 << 20;
/**
 * Every file is this old, so that no tool meets a file "too new to trust" and looks twice. Not whole hours: unison takes
 * times that are one hour apart for equal (daylight saving time on FAT) and would overlook the edits.
 */
const AGE_SECONDS = 100_000;

export interface SmallFiles {
  readonly files: number;
  /** Bytes in each. */
  readonly size: number;
}

/** Files of random bytes, a hundred to a folder. */
export function makeSmallFiles(root: string, { files, size }: SmallFiles): void {
  const content = Buffer.alloc(size);
  for (let index = 0; index < files; index++) {
    const path = smallFilePath(root, index);
    if (index % FILES_PER_FOLDER === 0) mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, randomFillSync(content));
    makeOld(path);
  }
}

/** Gives every `step`-th file new content of the same size; returns how many. */
export function editSmallFiles(root: string, { files, size }: SmallFiles, step: number): number {
  let edited = 0;
  for (let index = 0; index < files; index += step, edited++) {
    const path = smallFilePath(root, index);
    editInPlace(path, () => writeFileSync(path, randomFillSync(Buffer.alloc(size))));
  }
  return edited;
}

function smallFilePath(root: string, index: number): string {
  const folder = String(Math.floor(index / FILES_PER_FOLDER)).padStart(5, '0');
  return join(root, `folder-${folder}`, `file-${String(index).padStart(7, '0')}.bin`);
}

/** One file of random bytes. */
export function makeBigFile(root: string, size: number): void {
  const path = bigFilePath(root);
  mkdirSync(root, { recursive: true });
  const block = Buffer.alloc(MEBIBYTE);
  const file = openSync(path, 'w');
  for (let written = 0; written < size; written += block.length) {
    randomFillSync(block);
    writeSync(file, block, 0, Math.min(block.length, size - written));
  }
  closeSync(file);
  makeOld(path);
}

/** Inserts one byte in the middle, in place: everything after it moves by one. */
export function insertByteIntoBigFile(root: string): void {
  const path = bigFilePath(root);
  editInPlace(path, () => {
    const file = openSync(path, 'r+');
    const { size } = fstatSync(file);
    const middle = Math.floor(size / 2);
    const block = Buffer.alloc(MEBIBYTE);
    ftruncateSync(file, size + 1);
    for (let end = size; end > middle; ) {
      const length = Math.min(block.length, end - middle);
      end -= length;
      readSync(file, block, 0, length, end);
      writeSync(file, block, 0, length, end + 1);
    }
    writeSync(file, 'x', middle);
    closeSync(file);
  });
}

function bigFilePath(root: string): string {
  return join(root, 'big.bin');
}

/** An edit a minute after the last: unison keeps whole seconds, and two edits of a short bench may fall into one. */
function editInPlace(path: string, edit: () => void): void {
  const seconds = Math.floor(lstatSync(path).mtimeMs / 1000) + 60;
  edit();
  utimesSync(path, seconds, seconds);
}

function makeOld(path: string): void {
  const seconds = Math.floor(Date.now() / 1000) - AGE_SECONDS;
  utimesSync(path, seconds, seconds);
}
