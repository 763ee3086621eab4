import type { ComparisonMode } from '../compare/comparison-mode.ts';
import { newerSide } from '../compare/same.ts';
import type { Entry, Side } from '../model/entry.ts';
import type { ConflictResolution } from './conflict-resolution.ts';

/** How a strategy settles a conflict: one side's content, both, a merge to be tried, or a question to the user. */
export type Settlement = Side | 'both' | 'merge' | 'ask';

/** Two versions of one path, both different from what was agreed. Neither is a folder. */
export interface Contest {
  readonly source: Entry;
  readonly destination: Entry;
  readonly comparison: ComparisonMode;
}

export type ConflictStrategy = (contest: Contest) => Settlement;

/** The one place where strategies live; a merge falls back to `both` where it cannot be done. */
export const CONFLICT_STRATEGIES: Readonly<Record<ConflictResolution, ConflictStrategy>> = {
  'newest-wins': ({ source, destination, comparison }) => newerSide(source, destination, comparison) ?? 'both',
  'source-wins': () => 'source',
  'destination-wins': () => 'destination',
  manual: () => 'ask',
  'keep-both': () => 'both',
  'auto-merge': () => 'merge',
};

/** Whose content keeps the name when both are kept: the newer, and the source's when nobody can say. */
export function keeperOf({ source, destination, comparison }: Contest): Side {
  return newerSide(source, destination, comparison) ?? 'source';
}

const NAME_BYTES_MAX = 255;
const REPLICA_CHARACTERS_MAX = 40;
const utf8 = new TextEncoder();

/**
 * The name that a loser is kept under: `name.conflict-<YYYYMMDD-HHMMSS>-<replica>.ext`. The time is the loser's mtime in
 * UTC and not the time of the run, so that a run after a crash finds the copy it had made.
 */
export function conflictCopyPath(loser: Entry, replica: string, attempt = 1): string {
  const slash = loser.path.lastIndexOf('/') + 1;
  const name = loser.path.slice(slash);
  const dot = name.lastIndexOf('.');
  const hasExtension = dot > 0 && name.length - dot <= 16 && loser.kind === 'file';
  const extension = hasExtension ? name.slice(dot) : '';
  const tag = `.conflict-${stamp(loser.mtimeMs)}-${inName(replica)}${attempt > 1 ? `-${attempt}` : ''}${extension}`;
  let stem = hasExtension ? name.slice(0, dot) : name;
  while (utf8.encode(stem + tag).length > NAME_BYTES_MAX) stem = [...stem].slice(0, -1).join('');
  return loser.path.slice(0, slash) + stem + tag;
}

/** A replica's name as a part of a file name that every platform can hold. */
function inName(replica: string): string {
  return [...replica.replace(/[^\p{L}\p{N}._-]/gu, '_')].slice(0, REPLICA_CHARACTERS_MAX).join('').replace(/\.+$/, '');
}

function stamp(ms: number): string {
  const date = new Date(ms);
  const text = Number.isNaN(date.getTime()) ? '1970-01-01T00:00:00' : date.toISOString();
  return text.slice(0, 19).replaceAll('-', '').replace('T', '-').replaceAll(':', '');
}
