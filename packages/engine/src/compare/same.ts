import type { Entry } from '../model/entry.ts';
import type { ComparisonMode } from './comparison-mode.ts';

/** Clocks of two storages agree no better than this; FAT keeps even seconds. */
const MTIME_TOLERANCE_MS = 2000;

/** `unknown`: the mode needs a hash that a side cannot give. */
export type Sameness = 'same' | 'different' | 'unknown';

/** Whether two entries on different sides count as the same under a comparison mode. Attributes are not compared. */
export function compareSides(a: Entry, b: Entry, mode: ComparisonMode): Sameness {
  if (a.kind !== b.kind) return 'different';
  if (a.kind === 'folder') return 'same';
  if (a.kind === 'symlink') return a.target === b.target ? 'same' : 'different';
  switch (mode) {
    case 'size-only':
      return verdict(a.size === b.size);
    case 'mtime-only':
      return verdict(closeInTime(a, b));
    case 'size-and-mtime':
      return verdict(a.size === b.size && closeInTime(a, b));
    case 'hash-only':
      return a.size === b.size ? (sameHash(a, b) ?? 'unknown') : 'different';
    case 'hash-then-mtime':
      return a.size === b.size ? (sameHash(a, b) ?? verdict(closeInTime(a, b))) : 'different';
  }
}

/** The side with the newer content, or undefined when nobody can say. */
export function newerSide(source: Entry, destination: Entry, mode: ComparisonMode): 'source' | 'destination' | undefined {
  if (mode === 'size-only' || mode === 'hash-only' || closeInTime(source, destination)) return undefined;
  return source.mtimeMs > destination.mtimeMs ? 'source' : 'destination';
}

function verdict(same: boolean): Sameness {
  return same ? 'same' : 'different';
}

function closeInTime(a: Entry, b: Entry): boolean {
  return Math.abs(a.mtimeMs - b.mtimeMs) <= MTIME_TOLERANCE_MS;
}

/** Undefined when a hash is missing or the two are of different kinds. */
function sameHash(a: Entry, b: Entry): Sameness | undefined {
  if (a.hash === undefined || b.hash === undefined || hashKind(a.hash) !== hashKind(b.hash)) return undefined;
  return verdict(a.hash === b.hash);
}

function hashKind(hash: string): string {
  return hash.includes(':') ? hash.slice(0, hash.indexOf(':')) : 'sha256';
}
