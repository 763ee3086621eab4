import { constants, lstatSync, type Stats } from 'node:fs';
import { open, unlink } from 'node:fs/promises';
import { errnoOf } from './folder-error.ts';

export const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW;

/** Systems take at most 1,024 in one call. */
const PARTS_AT_ONCE = 512;

/** Makes a file of these bytes and puts them on disk. @throws the system's error, `EEXIST` when something is there */
export async function writeNew(path: string, parts: readonly Uint8Array[]): Promise<void> {
  await using file = await open(path, NEW_FILE, 0o600);
  let left = parts.filter(({ length }) => length > 0);
  while (left.length > 0) {
    const { bytesWritten } = await file.writev(left.slice(0, PARTS_AT_ONCE));
    left = partsAfter(left, bytesWritten);
  }
  await file.datasync();
}

function partsAfter(parts: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let before = 0;
  for (const [at, part] of parts.entries()) {
    if (before + part.length > bytes) return [part.subarray(bytes - before), ...parts.slice(at + 1)];
    before += part.length;
  }
  return [];
}

export async function unlinkIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

export function lstatOrNothing(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (errnoOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}
