import type { Entry } from '@cloudsync/engine';

export interface ExpectationOptions {
  /** Leave `version` out of the comparison. */
  readonly ignoreVersion?: boolean;
}

/**
 * Whether what is at a path now is what the caller saw there. Facts that either of them does not know are not compared:
 * an entry from another kind of storage has no inode.
 */
export function isAsExpected(expected: Entry | undefined, now: Entry | undefined, options: ExpectationOptions = {}): boolean {
  if (expected === undefined || now === undefined) return expected === now;
  if (expected.kind !== now.kind || differ(expected.id, now.id)) return false;
  if (expected.kind === 'folder') return true;
  if (expected.size !== now.size || expected.mtimeMs !== now.mtimeMs) return false;
  if (differ(expected.target, now.target) || differ(expected.hash, now.hash)) return false;
  return options.ignoreVersion === true || !differ(expected.version, now.version);
}

function differ(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a !== b;
}
