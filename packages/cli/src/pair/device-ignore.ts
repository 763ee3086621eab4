import { realpathSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { isSafePath } from '@cloudsync/engine';

/**
 * gitignore lines that keep this device's own state and credentials out of a pair whose root holds them (a synced home
 * folder): they change during every sync and mean nothing on another device.
 */
export function deviceIgnore(deviceFolders: readonly string[], roots: readonly string[]): string[] {
  const lines = new Set<string>();
  for (const folder of deviceFolders) {
    for (const root of roots) {
      const path = relative(root, resolved(folder)).split(sep).join('/');
      if (isSafePath(path)) lines.add(`/${escapePattern(path)}/`);
    }
  }
  return [...lines];
}

function resolved(folder: string): string {
  try {
    return realpathSync.native(folder);
  } catch {
    return folder;
  }
}

/** A path as a gitignore line that matches it and nothing else. */
export function escapePattern(path: string): string {
  return path.replace(/[\\*?[\]!#]/g, '\\$&').replace(/ +$/, (spaces) => '\\ '.repeat(spaces.length));
}
