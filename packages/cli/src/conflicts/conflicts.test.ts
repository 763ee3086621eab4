import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LastRun } from '../pair/last-run.ts';
import { runsToResolve, scriptedAnswers, scriptedHandler } from './scripted-answers.ts';
import { diffLines } from './text-diff.ts';

const invalid = expect.objectContaining({ code: 'config/invalid' });

describe('answers by flags', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'answers-'));
    writeFileSync(join(dir, 'merged'), 'both');
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  test('without flags the user is asked', async () => {
    expect(await scriptedAnswers({ wait: true })).toBeUndefined();
  });

  test('a side, for one path or for all; the other paths stay', async () => {
    const one = await scriptedAnswers({ path: ['a'], use: 'source', wait: true });
    expect(one).toEqual({ paths: new Set(['a']), answer: 'source' });
    const handler = scriptedHandler(one as NonNullable<typeof one>);
    const question = { kind: 'both-changed', message: '', source: undefined, destination: undefined } as const;
    expect([handler({ ...question, path: 'a' }), handler({ ...question, path: 'b' })]).toEqual(['source', 'skip']);
    expect(await scriptedAnswers({ all: true, use: 'both', wait: true })).toEqual({ paths: undefined, answer: 'both' });
  });

  test('a merged file is read', async () => {
    const answers = await scriptedAnswers({ path: ['a'], use: join(dir, 'merged'), wait: true });
    expect(answers).toEqual({ paths: new Set(['a']), answer: { merged: Buffer.from('both') } });
  });

  test.each([
    [{ path: ['a'] }],
    [{ use: 'source' }],
    [{ all: true }],
    [{ path: ['a'], all: true, use: 'source' }],
    [{ path: ['a'], use: '/nowhere/merged' }],
  ])('%j is refused', (flags) => expect(scriptedAnswers({ ...flags, wait: true })).rejects.toThrow(invalid));

  test('one merged file cannot settle several conflicts', async () => {
    await expect(scriptedAnswers({ all: true, use: join(dir, 'merged'), wait: true })).rejects.toThrow(invalid);
  });
});

describe('which pairs are synced', () => {
  const run = (source: string, ...paths: string[]): LastRun =>
    ({ source, conflicts: paths.map((path) => ({ path, kind: 'both-changed', message: '' })) }) as unknown as LastRun;
  const runs = [run('one', 'a', 'b'), run('two', 'b'), run('three')];

  test('those with conflicts, or with the named one', () => {
    expect(runsToResolve(runs, undefined).map(({ source }) => source)).toEqual(['one', 'two']);
    expect(runsToResolve(runs, new Set(['a'])).map(({ source }) => source)).toEqual(['one']);
  });

  test('a path that is no conflict, or one in two pairs, is refused', () => {
    expect(() => runsToResolve(runs, new Set(['x']))).toThrow(/x is no conflict/);
    expect(() => runsToResolve(runs, new Set(['b']))).toThrow(/2 pairs/);
  });
});

test('a diff shows the lines that differ, at most a screen of them', () => {
  expect(diffLines('one\ntwo\nthree', 'one\n2\nthree')).toEqual(['- two', '+ 2']);
  expect(diffLines('same', 'same')).toEqual([]);
  const long = diffLines(Array.from({ length: 50 }, (_, i) => `a${i}`).join('\n'), '');
  expect(long).toHaveLength(21);
  expect(long.at(-1)).toMatch(/and \d+ more lines/);
});
