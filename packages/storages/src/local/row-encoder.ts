import type { Stats } from 'node:fs';
import type { Kind } from '@cloudsync/engine';
import { idOfStats } from './entry-of-stats.ts';

const NEEDS_ESCAPE = /["\\\u0000-\u001f\ud800-\udfff]/;
const PERMISSIONS = 0o7777;

/**
 * The text that the engine's `encodeHead(entryOfStats(…))` gives, written straight from the stats: the scan makes one for
 * each file, and an object in between costs as much again. A test keeps the two equal.
 */
export function encodeStats(path: string, kind: Kind, stats: Stats, modes: boolean): string {
  const key = NEEDS_ESCAPE.test(path) ? JSON.stringify(path) : `"${path}"`;
  const mode = modes && kind !== 'symlink' ? `,"mode":${stats.mode & PERMISSIONS}` : '';
  const id = idOfStats(stats);
  const identity = id === undefined ? '' : `,"id":"${id}"`;
  if (kind === 'folder') return `${key}:{"is_dir":true${mode}${identity}`;
  const mtimeMs = Math.round(stats.mtimeMs * 1000) / 1000;
  const type = kind === 'file' ? `"is_dir":false,"size":${stats.size}` : '"is_dir":false,"is_link":true,"size":0';
  return `${key}:{${type},"mtime":${Math.round(mtimeMs * 1000) / 1e6}${mode}${identity},"version":"${stats.ctimeMs}"`;
}
