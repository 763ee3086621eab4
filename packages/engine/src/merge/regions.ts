import type { Hunk } from './hunks.ts';

/** A base and one side's edit of it, cut into tokens. */
export interface Edited {
  readonly tokens: readonly string[];
  readonly hunks: readonly Hunk[];
}

/**
 * A stretch of the base (tokens `start`–`end`, exclusive) that at least one side changed, with what each side has instead.
 * `by` says who changed it; with `both` their changes overlap or touch, and only when they made the same of it is it settled.
 */
export interface Region {
  readonly start: number;
  readonly end: number;
  readonly by: 'a' | 'b' | 'both';
  readonly a: readonly string[];
  readonly b: readonly string[];
}

/**
 * Lays both sides' hunks over the base. Hunks of different sides belong together when they overlap or touch, so that
 * two insertions at one place are never put into an arbitrary order: the rule of `git merge-file`.
 */
export function regionsOf(a: Edited, b: Edited): Region[] {
  const regions: Region[] = [];
  let [i, j] = [0, 0];
  while (i < a.hunks.length || j < b.hunks.length) {
    const [fromA, fromB] = [i, j];
    const start = Math.min(a.hunks[i]?.start ?? Number.POSITIVE_INFINITY, b.hunks[j]?.start ?? Number.POSITIVE_INFINITY);
    let end = start;
    for (;;) {
      const [nextA, nextB] = [a.hunks[i], b.hunks[j]];
      if (nextA !== undefined && nextA.start <= end) {
        end = Math.max(end, nextA.end);
        i++;
      } else if (nextB !== undefined && nextB.start <= end) {
        end = Math.max(end, nextB.end);
        j++;
      } else break;
    }
    const by = i === fromA ? 'b' : j === fromB ? 'a' : 'both';
    const range = { start, end };
    regions.push({ ...range, by, a: tokensIn(a, a.hunks.slice(fromA, i), range), b: tokensIn(b, b.hunks.slice(fromB, j), range) });
  }
  return regions;
}

export function isSettled({ by, a, b }: Region): boolean {
  return by !== 'both' || (a.length === b.length && a.every((token, at) => token === b[at]));
}

/** What a side has for a stretch of the base; nothing is asked of a side that did not change it. */
function tokensIn({ tokens }: Edited, hunks: readonly Hunk[], { start, end }: Pick<Region, 'start' | 'end'>): readonly string[] {
  const [first, last] = [hunks[0], hunks.at(-1)];
  if (first === undefined || last === undefined) return [];
  return tokens.slice(first.from - (first.start - start), last.to + (end - last.end));
}
