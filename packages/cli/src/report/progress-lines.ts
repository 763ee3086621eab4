import type { Side } from '@cloudsync/engine';
import { formatBytes, formatClock, formatCount } from '../terminal/format.ts';
import { printable } from '../terminal/printable.ts';
import { displayWidth, shortenEnd, shortenFront } from '../terminal/width.ts';

/** What a progress display shows while both sides are listed. */
export function scanLine(files: Record<Side, number>): string {
  return `Looking: ${formatCount(files.source)} files at the source, ${formatCount(files.destination)} at the destination`;
}

export interface Transfer {
  readonly files: number;
  readonly totalFiles: number;
  readonly bytes: number;
  readonly totalBytes: number;
  readonly bytesPerSecond: number;
  readonly msLeft: number | undefined;
  readonly paused: boolean;
  /** What is being worked on now. */
  readonly path: string;
}

/** Two lines that fit into `columns`: how far, how fast, how long; and the current file with its end kept. */
export function transferLines(transfer: Transfer, columns: number): string[] {
  const { files, totalFiles, bytes, totalBytes, bytesPerSecond, msLeft, paused, path } = transfer;
  const share = totalBytes > 0 ? bytes / totalBytes : totalFiles > 0 ? files / totalFiles : 0;
  const parts = [
    `${String(Math.min(100, Math.floor(share * 100))).padStart(3)}%`,
    `${formatCount(files)}/${formatCount(totalFiles)} files`,
    totalBytes > 0 && `${formatBytes(bytes)}/${formatBytes(totalBytes)}`,
    paused ? 'paused' : totalBytes > 0 && `${formatBytes(bytesPerSecond)}/s`,
    !paused && msLeft !== undefined && `${formatClock(msLeft)} left`,
  ].filter((part) => part !== false);
  // On a narrow terminal the parts that say least go first: total bytes, then the speed.
  for (const dispensable of [2, 2]) {
    if (displayWidth(parts.join('  ')) >= columns && parts.length > 3) parts.splice(dispensable, 1);
  }
  return [shortenEnd(parts.join('  '), columns - 1), `      ${shortenFront(printable(path), columns - 7)}`];
}
