import { nameOf, parentOf } from '@cloudsync/engine';
import { CHANGED_PATHS_MAX, type ChangedPath, type Changes } from '../commit/commit.ts';
import { areSameThings, liveRow } from './row-entry.ts';
import type { StagedChanges } from './staged-tree.ts';

/** What staged changes did, for people: a rename is one change, a folder's with all that is in it. */
export function describeChanges(staged: StagedChanges): Changes {
  const leftFrom = new Map<string, string>();
  for (const [path, { before, after }] of staged) {
    const id = liveRow(before)?.id;
    if (id !== undefined && liveRow(after)?.id !== id) leftFrom.set(id, path);
  }
  const movedFrom = new Map<string, string>();
  for (const [path, { before, after }] of staged) {
    const id = liveRow(after)?.id;
    const from = id === undefined || liveRow(before)?.id === id ? undefined : leftFrom.get(id);
    if (from !== undefined) movedFrom.set(path, from);
  }
  const left = new Set(movedFrom.values());
  const paths: ChangedPath[] = [];
  const counts = { '+': 0, '~': 0, '-': 0, '>': 0 };
  for (const [path, { before, after }] of staged) {
    const from = movedFrom.get(path);
    const mark = markOf({ before: liveRow(before), after: liveRow(after), isMoved: from !== undefined, isLeft: left.has(path) });
    if (mark === undefined || (from !== undefined && movedFrom.get(parentOf(path)) === parentOf(from) && nameOf(path) === nameOf(from)))
      continue;
    counts[mark]++;
    if (paths.length < CHANGED_PATHS_MAX) paths.push({ mark, path, from });
  }
  return { created: counts['+'], modified: counts['~'], deleted: counts['-'], renamed: counts['>'], paths };
}

interface Change {
  readonly before: ReturnType<typeof liveRow>;
  readonly after: ReturnType<typeof liveRow>;
  /** It came here under another name. */
  readonly isMoved: boolean;
  /** What was here is elsewhere now. */
  readonly isLeft: boolean;
}

function markOf({ before, after, isMoved, isLeft }: Change): ChangedPath['mark'] | undefined {
  if (after === undefined) return before === undefined || isLeft ? undefined : '-';
  if (isMoved) return '>';
  if (before === undefined) return '+';
  return areSameThings(before, after) ? undefined : '~';
}

/** The changes of two commits of one run together. */
export function addChanges(a: Changes, b: Changes): Changes {
  const known = new Set(a.paths.map(({ path }) => path));
  const again = b.paths.filter(({ path, mark }) => known.has(path) && mark === '~').length;
  return {
    created: a.created + b.created,
    modified: a.modified + b.modified - again,
    deleted: a.deleted + b.deleted,
    renamed: a.renamed + b.renamed,
    paths: [...a.paths, ...b.paths.filter(({ path, mark }) => !known.has(path) || mark !== '~')].slice(0, CHANGED_PATHS_MAX),
  };
}
