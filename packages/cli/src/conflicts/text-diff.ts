import { diff } from 'node:util';
import type { Entry, Storage } from '@cloudsync/engine';
import { printable } from '../terminal/printable.ts';

/** Larger files are not compared: the user decides by size and time. */
const BYTES_MAX = 64 * 1024;
const LINES_SHOWN_MAX = 20;

/** The text of a small file, or undefined when it is large, or not text. */
export async function smallText(storage: Storage, entry: Entry | undefined): Promise<string | undefined> {
  if (entry?.kind !== 'file' || entry.size > BYTES_MAX) return undefined;
  const parts: Uint8Array[] = [];
  for await (const part of storage.download(entry)) parts.push(part);
  return textOf(Buffer.concat(parts));
}

function textOf(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The lines that differ: `- ` stands only in `a`, `+ ` only in `b`. At most a screen of them. */
export function diffLines(a: string, b: string): string[] {
  const lines = diff(a.split('\n'), b.split('\n'))
    .filter(([where]) => where !== 0)
    .map(([where, line]) => `${where === 1 ? '-' : '+'} ${printable(line)}`);
  const more = lines.length - LINES_SHOWN_MAX;
  return more > 0 ? [...lines.slice(0, LINES_SHOWN_MAX), `… and ${more} more lines`] : lines;
}
