import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mergeText } from '@cloudsync/engine';
import * as fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';

/*
 * Where `git merge-file` merges cleanly, the outcome by lines is the same text; so git is asked.
 */

const folder = mkdtempSync(join(tmpdir(), 'cloudsync-merge-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SEED = 20261121;

interface Versions {
  readonly base: string;
  readonly a: string;
  readonly b: string;
}

/** What git makes of it, or undefined when it leaves conflict markers. */
function gitMerge(versions: Versions): string | undefined {
  const names = ['a', 'base', 'b'] as const;
  for (const name of names) writeFileSync(join(folder, name), versions[name]);
  const { status, stdout, error } = spawnSync('git', ['merge-file', '-p', '-q', ...names], { cwd: folder, encoding: 'utf8' });
  if (error !== undefined || status === null || status > 127) throw error ?? new Error(`git ended with ${status}`);
  return status === 0 ? stdout : undefined;
}

/** A base of `count` lines from `line`, and two edits of it by a few changes each. */
function threeVersions(line: fc.Arbitrary<(at: number) => string>, count: number): fc.Arbitrary<Versions> {
  const change = fc.record({
    at: fc.nat(),
    cut: fc.nat({ max: 2 }),
    insert: fc.array(fc.tuple(line, fc.nat({ max: 1e9 })), { maxLength: 2 }),
  });
  const script = fc.array(change, { minLength: 1, maxLength: 3 });
  const base = fc.array(line, { minLength: count / 2, maxLength: count }).map((parts) => parts.map((part, at) => part(at)));
  const ending = fc.constantFrom('\n', '\r\n');
  return fc.tuple(base, script, script, ending, fc.boolean()).map(([lines, forA, forB, end, isOpen]) => {
    const text = (list: readonly string[]): string => list.join(end) + (isOpen ? '' : end);
    const edited = (changes: typeof forA): string => {
      const copy = [...lines];
      for (const { at, cut, insert } of changes) copy.splice(at % (copy.length + 1), cut, ...insert.map(([part, n]) => part(1000 + n)));
      return text(copy);
    };
    return { base: text(lines), a: edited(forA), b: edited(forB) };
  });
}

/** Runs both over many versions. */
function compare(versions: fc.Arbitrary<Versions>, numRuns: number, words = false) {
  const count = { clean: 0, same: 0, refused: 0, different: 0 };
  for (const each of fc.sample(versions, { seed: SEED, numRuns })) {
    const expected = gitMerge(each);
    if (expected === undefined) continue;
    count.clean++;
    const merged = mergeText(each, { words });
    if (typeof merged !== 'string') count.refused++;
    else if (merged === expected) count.same++;
    else count.different++;
  }
  return count;
}

describe(`where git merges cleanly (seed ${SEED})`, () => {
  it('lines that do not repeat give the same text, always', () => {
    const { clean, same } = compare(
      threeVersions(
        fc.constant((at: number) => `line ${at}`),
        30,
      ),
      300,
    );
    expect(clean).toBeGreaterThan(150);
    expect(same).toBe(clean);
  });

  it.each([
    ['by lines', false],
    ['by words where lines meet', true],
  ])('source code, in which blank lines and braces repeat, gives the same text too: %s', (_how, words) => {
    const repeated = ['', '  }', '}'].map((text) => () => text);
    const line = fc.constantFrom(...repeated, ...Array.from({ length: 6 }, () => (at: number) => `line ${at}`));
    const { clean, same } = compare(threeVersions(line, 40), 300, words);
    expect(clean).toBeGreaterThan(150);
    expect(same).toBe(clean);
  });

  it('texts of three different lines, in which nobody can tell what was edited, give the same text but for one in fifty', () => {
    const line = fc.constantFrom(...['a', 'b', 'c'].map((text) => () => text));
    const { clean, refused, different } = compare(threeVersions(line, 10), 300);
    expect(clean).toBeGreaterThan(100);
    expect(refused + different).toBeLessThanOrEqual(clean / 50);
  });
});
