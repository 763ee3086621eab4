import type { LiveRow } from '@cloudsync/vault';
import { formatBytes, formatTime } from '../terminal/format.ts';
import { printable } from '../terminal/printable.ts';

/** ` 12 KiB  2026-11-21 09:05:00  notes/plan.txt`. */
export function rowLine(row: LiveRow): string {
  return `${rowSize(row)}  ${formatTime(row.mtimeMs)}  ${rowName(row)}`;
}

/** As wide for every row: the size of a file, or what else it is. */
export function rowSize(row: LiveRow): string {
  return (row.kind === 'file' ? formatBytes(row.size) : row.kind === 'folder' ? 'folder' : 'link').padStart(8);
}

function rowName(row: LiveRow): string {
  if (row.kind === 'folder') return `${printable(row.path)}/`;
  return row.kind === 'symlink' ? `${printable(row.path)} → ${printable(row.target)}` : printable(row.path);
}

/** What `--json` prints of one path. */
export function rowFacts(row: LiveRow): object {
  const { path, kind, mtimeMs, mode } = row;
  const time = new Date(mtimeMs).toISOString();
  if (row.kind === 'file') return { path, kind, size: row.size, time, mode, hash: row.hash };
  return row.kind === 'symlink' ? { path, kind, time, target: row.target } : { path, kind, time, mode };
}
