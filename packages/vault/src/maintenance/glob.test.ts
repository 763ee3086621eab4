import { describe, expect, it } from 'vitest';
import { glob } from './glob.ts';

describe('glob', () => {
  it.each<[string, string[], string[]]>([
    ['*.txt', ['a.txt', '.txt', '.a.txt', 'ä\u{1f600}.txt'], ['a.txt.bak', 'd/a.txt', 'atxt']],
    ['?.txt', ['a.txt', '\u{1f600}.txt'], ['ab.txt', '.txt', '/.txt']],
    ['docs/**', ['docs/a', 'docs/b/c'], ['docs', 'docsa']],
    ['docs/**/*.md', ['docs/a.md', 'docs/b/c/a.md'], ['docs/a.txt', 'a.md', 'docs']],
    ['**/a', ['a', 'b/a', 'b/c/a'], ['ba', 'a/b']],
    ['[a-c]1', ['a1', 'c1'], ['d1', '/1', 'a']],
    ['[!a-c]1', ['d1', '^1'], ['a1', '/1']],
    ['[]x]', [']', 'x'], ['[', 'a']],
    ['[\\]', ['\\'], ['a']],
    ['a.{jpg,png}', ['a.jpg', 'a.png'], ['a.gif', 'a.', 'a.{jpg,png}']],
    ['{a,b{1,2}}', ['a', 'b1', 'b2'], ['b', '1']],
    ['a,b', ['a,b'], ['a', 'b']],
    ['\\*', ['*'], ['a', '\\*']],
    ['a+(b).c', ['a+(b).c'], ['aab.c']],
    ['line*break', ['line\nbreak'], []],
    ['constructor', ['constructor'], ['x']],
  ])('%s', (pattern, matching, others) => {
    const matches = glob(pattern);
    expect(matching.filter((path) => !matches.test(path))).toEqual([]);
    expect(others.filter((path) => matches.test(path))).toEqual([]);
  });

  it.each(['{a', 'a}', '[z-a]'])('refuses %s', (pattern) => {
    expect(() => glob(pattern)).toThrow(/is no pattern that can match/);
  });
});
