import { describe, expect, it } from 'vitest';
import { areApart, PathMap, PathSet } from './path-map.ts';

describe('where things went', () => {
  it('a move takes along what is below, and the longest that fits decides', () => {
    const map = new PathMap(
      new Map([
        ['a', 'x'],
        ['a/b', 'y/z'],
      ]),
    );
    expect(['a', 'a/c', 'a/b', 'a/b/c', 'ab', 'b'].map((path) => map.map(path))).toEqual(['x', 'x/c', 'y/z', 'y/z/c', 'ab', 'b']);
  });

  it('sees moves that are added later', () => {
    const moves = new Map<string, string>();
    const map = new PathMap(moves);
    expect(map.map('a/b')).toBe('a/b');
    moves.set('a', 'c');
    expect(map.map('a/b')).toBe('c/b');
  });
});

describe('paths that have to do with each other', () => {
  it.each([
    ['a', 'b', true],
    ['a', 'ab', true],
    ['a/b', 'a/c', true],
    ['a', 'a', false],
    ['a', 'a/b', false],
    ['a/b/c', 'a', false],
  ])('%s and %s: apart %s', (a, b, apart) => {
    expect(areApart(a, b)).toBe(apart);
    expect(areApart(b, a)).toBe(apart);
    expect(new PathSet(['other', a]).meets(b)).toBe(!apart);
    expect(new PathSet(['other']).with([b]).meets(a)).toBe(!apart);
  });
});
