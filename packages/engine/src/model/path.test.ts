import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ancestorsOf, assertSafePath, comparePaths, depthOf, isSafePath, isWithin, joinPath, nameOf, parentOf, withinAny } from './path.ts';

/** Characters on both sides of `/` in code order, beyond the BMP, and half of one. */
const name = fc.string({
  unit: fc.constantFrom(' ', '!', '-', '.', '0', 'A', 'a', 'é', '\u{FF21}', '\u{1F600}', '\uD83D', '\n'),
  minLength: 1,
  maxLength: 3,
});
const segments = fc.array(
  name.filter((text) => text !== '.' && text !== '..'),
  { minLength: 1, maxLength: 4 },
);
const path = segments.map((names) => names.join('/'));

interface Folder extends Map<string, Folder> {}

/** The paths of a tree as a walk meets them that sorts the names of each folder and goes down at once. */
function* walk(folder: Folder, prefix = ''): Generator<string> {
  for (const name of [...folder.keys()].sort()) {
    yield prefix + name;
    yield* walk(folder.get(name) as Folder, `${prefix}${name}/`);
  }
}

describe('path order', () => {
  it('is the order of a depth-first walk with sorted names', () => {
    fc.assert(
      fc.property(fc.array(segments, { maxLength: 12 }), (trails) => {
        const root: Folder = new Map();
        for (const names of trails) {
          let folder = root;
          for (const name of names) {
            const inside: Folder = folder.get(name) ?? new Map();
            folder.set(name, inside);
            folder = inside;
          }
        }
        const walked = [...walk(root)];
        expect([...walked].reverse().sort(comparePaths)).toEqual(walked);
      }),
    );
  });

  it('puts what is in a folder before a sibling whose name only begins like it', () => {
    expect(['a-b', 'a/z', 'a', 'a b', 'a!', 'ab', 'a/b/c', 'a/b'].sort(comparePaths)).toEqual([
      'a',
      'a/b',
      'a/b/c',
      'a/z',
      'a b',
      'a!',
      'a-b',
      'ab',
    ]);
  });

  it('has no ties but equal paths, and two paths swap signs', () => {
    fc.assert(
      fc.property(path, path, (a, b) => {
        expect(comparePaths(a, b) === 0).toBe(a === b);
        expect(Math.sign(comparePaths(a, b)) + Math.sign(comparePaths(b, a))).toBe(0);
      }),
    );
  });
});

describe('the parts of a path', () => {
  it('parent and name put together are the path', () => {
    fc.assert(
      fc.property(path, (whole) => {
        expect(joinPath(parentOf(whole), nameOf(whole))).toBe(whole);
      }),
    );
    expect([parentOf('a'), nameOf('a'), joinPath('', 'a')]).toEqual(['', 'a', 'a']);
  });

  it('ancestors are every folder above, nearest first, without the root', () => {
    expect([...ancestorsOf('a/b/c/d')]).toEqual(['a/b/c', 'a/b', 'a']);
    expect([...ancestorsOf('a')]).toEqual([]);
    fc.assert(
      fc.property(path, (whole) => {
        const ancestors = [...ancestorsOf(whole)];
        expect(ancestors).toHaveLength(depthOf(whole));
        for (const folder of ancestors) expect(isWithin(folder, whole) && folder !== whole).toBe(true);
      }),
    );
  });

  it('a folder holds itself and what is below it, and the root holds everything', () => {
    for (const inside of ['a/b', 'a/b/c']) expect(isWithin('a/b', inside)).toBe(true);
    for (const outside of ['a', 'a/bc', 'a/b-c', 'b', 'a/c/b']) expect(isWithin('a/b', outside)).toBe(false);
    expect(isWithin('', 'a/b')).toBe(true);
    expect(isWithin('', '')).toBe(true);
  });

  it('many folders hold what one of them holds', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(path, fc.constant('')), { maxLength: 5 }), fc.oneof(path, fc.constant('')), (tops, inside) => {
        expect(withinAny(tops)(inside)).toBe(tops.some((top) => isWithin(top, inside)));
        for (const top of tops) expect(withinAny(tops)(joinPath(top, 'below'))).toBe(true);
      }),
    );
  });
});

describe('safe paths: nothing is ever written outside the root', () => {
  it.each(['', '/', '/etc/passwd', '..', '../a', 'a/..', 'a/../../b', '.', './a', 'a/.', 'a//b', 'a/', 'a\0', 'a/b\0/c'])(
    '%j is refused',
    (unsafe) => {
      expect(isSafePath(unsafe)).toBe(false);
      expect(() => assertSafePath(unsafe)).toThrow(expect.objectContaining({ code: 'path/unsafe', path: unsafe }));
    },
  );

  it.each(['a', '...', '..a', 'a..', '.a', 'a/.b', 'a b/c\nd', '~', 'C:\\x', '\uD83D', 'a/…/b'])('%j is fine', (safe) => {
    expect(isSafePath(safe)).toBe(true);
    expect(() => assertSafePath(safe)).not.toThrow();
  });

  it('a path is safe when joining it to the root walks down and never up', () => {
    const anything = fc.array(fc.constantFrom('', '.', '..', 'a', 'b', 'c\0', '...'), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(anything, (names) => {
        const whole = names.join('/');
        const expected = new URL(`./${whole}`.replaceAll('...', 'dots').replaceAll('\0', '%00'), 'file:///root/').pathname;
        const walksDown = expected === `/root/${names.join('/').replaceAll('...', 'dots')}` && !names.includes('');
        expect(isSafePath(whole)).toBe(walksDown);
      }),
    );
  });
});
