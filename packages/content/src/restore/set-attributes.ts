import { closeSync, constants, fchmodSync, futimesSync, openSync } from 'node:fs';
import type { FileAttributes } from '@cloudsync/engine';

const { O_WRONLY, O_NOFOLLOW = 0 } = constants;

/** Gives an open file what it shall have in the end; nothing may be written to it afterwards. */
export function setAttributes(descriptor: number, { mtimeMs, mode }: FileAttributes): void {
  if (mode !== undefined) fchmodSync(descriptor, mode);
  // As text: a number before 1970 would be taken for now.
  const seconds = String(mtimeMs / 1000);
  futimesSync(descriptor, seconds, seconds);
}

/** The same for a file that is complete and closed. */
export function setAttributesOf(path: string, attributes: FileAttributes): void {
  const descriptor = openSync(path, O_WRONLY | O_NOFOLLOW);
  try {
    setAttributes(descriptor, attributes);
  } finally {
    closeSync(descriptor);
  }
}
