import { diffArrays } from 'diff';
import { type Marked, slideGroups } from './slide.ts';

/** One place where an edit differs from its base: base tokens `start`–`end` became edit tokens `from`–`to` (ends exclusive). */
export interface Hunk {
  readonly start: number;
  readonly end: number;
  readonly from: number;
  readonly to: number;
}

/**
 * More insertions and deletions than this are no edit of a text but another text. It also bounds the time, which grows with
 * the square of it.
 */
const EDITS_MAX = 3000;

/**
 * The shortest way from `base` to `edit`, by Myers' algorithm ("An O(ND) Difference Algorithm", 1986), with what only one of
 * the two has taken out first, as git does: it can match nothing and would only make the search longer.
 * @returns hunks in order, none touching the next, or undefined when the texts have too little in common
 */
export function diffTokens(base: readonly string[], edit: readonly string[]): Hunk[] | undefined {
  const matches = matchTokens(base, edit);
  if (matches === undefined) return undefined;
  const before: Marked = { tokens: base, marks: new Uint8Array(base.length).fill(1) };
  const after: Marked = { tokens: edit, marks: new Uint8Array(edit.length).fill(1) };
  for (const [at, to] of matches) {
    before.marks[at] = 0;
    after.marks[to] = 0;
  }
  slideGroups(before, after);
  slideGroups(after, before);
  return hunksOf(before.marks, after.marks);
}

function hunksOf(before: Uint8Array, after: Uint8Array): Hunk[] {
  const hunks: Hunk[] = [];
  for (let [at, to] = [0, 0]; at < before.length || to < after.length; at++, to++) {
    const [start, from] = [at, to];
    while (before[at] === 1) at++;
    while (after[to] === 1) to++;
    if (at > start || to > from) hunks.push({ start, end: at, from, to });
  }
  return hunks;
}

type Match = readonly [base: number, edit: number];

function matchTokens(base: readonly string[], edit: readonly string[]): Match[] | undefined {
  const shorter = Math.min(base.length, edit.length);
  let head = 0;
  while (head < shorter && base[head] === edit[head]) head++;
  let tail = 0;
  while (tail < shorter - head && base[base.length - 1 - tail] === edit[edit.length - 1 - tail]) tail++;
  const middle = matchMiddle(base.slice(head, base.length - tail), edit.slice(head, edit.length - tail));
  if (middle === undefined) return undefined;
  return [
    ...Array.from({ length: head }, (_, at): Match => [at, at]),
    ...middle.map(([a, b]): Match => [a + head, b + head]),
    ...Array.from({ length: tail }, (_, at): Match => [base.length - tail + at, edit.length - tail + at]),
  ];
}

function matchMiddle(base: readonly string[], edit: readonly string[]): Match[] | undefined {
  const inBase = new Set(base);
  const inEdit = new Set(edit);
  const keptBase = [...base.keys()].filter((at) => inEdit.has(base[at] as string));
  const keptEdit = [...edit.keys()].filter((at) => inBase.has(edit[at] as string));
  const changes = diffArrays(
    keptBase.map((at) => base[at]),
    keptEdit.map((at) => edit[at]),
    { maxEditLength: EDITS_MAX },
  );
  if (changes === undefined) return undefined;
  const matches: Match[] = [];
  let a = 0;
  let b = 0;
  for (const { added, removed, count } of changes) {
    if (removed) a += count;
    else if (added) b += count;
    else for (let n = 0; n < count; n++) matches.push([keptBase[a++] as number, keptEdit[b++] as number]);
  }
  return matches;
}
