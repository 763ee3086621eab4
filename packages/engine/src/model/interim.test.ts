import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { interimPath, isInterim, pathBeforeInterim, withoutInterim } from './interim.ts';
import { nameOf, parentOf } from './path.ts';

describe('interim names', () => {
  it('tell what they stand for', () => {
    for (const path of ['a', 'dir/a.txt', 'a b/ü\n', 'x.cloudsync-moving-1']) {
      const interim = interimPath(path, 3);
      expect(interim).toBe(`${path}.cloudsync-moving-3`);
      expect(isInterim(interim)).toBe(true);
      expect(pathBeforeInterim(interim, [])).toBe(path);
    }
  });

  it('are not mistaken', () => {
    const others = [
      'a',
      'a.cloudsync-moving-',
      'a.cloudsync-moving-x',
      'a.cloudsync-moving-1.txt',
      '.cloudsync-moving-1',
      'a.cloudsync-moving-1/b',
    ];
    for (const other of others) expect(isInterim(other)).toBe(false);
  });

  it('fit where the name fitted, stay Unicode, and a name that was cut is found among those that were there', () => {
    const character = fc.constantFrom('a', '.', 'é', '漢', '👍');
    const bytes = (text: string): number => new TextEncoder().encode(text).length;
    fc.assert(
      fc.property(fc.array(character, { minLength: 1, maxLength: 250 }), fc.integer({ min: 1, max: 9999 }), (characters, n) => {
        while (bytes(characters.join('')) > 255) characters.pop();
        const name = characters.join('');
        const interim = nameOf(interimPath(`folder/${name}`, n));
        expect(bytes(interim)).toBeLessThanOrEqual(255);
        expect(interim.isWellFormed()).toBe(true);
        expect(pathBeforeInterim(`folder/${interim}`, ['other', `other/${name}`, `folder/${name}`])).toBe(`folder/${name}`);
      }),
    );
  });

  it('are left out of the path that rules and people mean', () => {
    expect(withoutInterim('a.cloudsync-moving-1/b/c.cloudsync-moving-12')).toBe('a/b/c');
    for (const path of ['a/b', 'a.cloudsync-moving-x/b', 'a.cloudsync-moving-1b/c']) expect(withoutInterim(path)).toBe(path);
    expect(parentOf(withoutInterim('a.cloudsync-moving-1/.syncignore'))).toBe('a');
  });
});
