import { SyncError } from '../model/error.ts';

/** When two entries on different sides count as the same. */
export const ComparisonMode = {
  HASH_THEN_MTIME: 'hash-then-mtime',
  SIZE_ONLY: 'size-only',
  HASH_ONLY: 'hash-only',
  MTIME_ONLY: 'mtime-only',
  SIZE_AND_MTIME: 'size-and-mtime',
} as const;
export type ComparisonMode = (typeof ComparisonMode)[keyof typeof ComparisonMode];

/** Reads `hash-then-mtime`, `HASH_THEN_MTIME`, `hashThenMtime`. @throws SyncError `config/invalid` */
export function parseComparisonMode(text: string): ComparisonMode {
  const wanted = text.toLowerCase().replace(/[-_\s]/g, '');
  const mode = Object.values(ComparisonMode).find((candidate) => candidate.replaceAll('-', '') === wanted);
  if (mode === undefined) {
    throw new SyncError(
      'config/invalid',
      `unknown comparison ${JSON.stringify(text)}; use one of ${Object.values(ComparisonMode).join(', ')}`,
    );
  }
  return mode;
}

export function usesHash(mode: ComparisonMode): boolean {
  return mode === 'hash-then-mtime' || mode === 'hash-only';
}
