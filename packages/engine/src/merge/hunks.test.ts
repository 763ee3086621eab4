import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffTokens } from './hunks.ts';

const hunks = (base: string, edit: string) => diffTokens([...base], [...edit])?.map(({ start, end, from, to }) => [start, end, from, to]);

describe('hunks', () => {
  it.each([
    ['', '', []],
    ['abc', 'abc', []],
    ['', 'ab', [[0, 0, 0, 2]]],
    ['ab', '', [[0, 2, 0, 0]]],
    ['abc', 'xbc', [[0, 1, 0, 1]]],
    [
      'abcd',
      'aXcdY',
      [
        [1, 2, 1, 2],
        [4, 4, 4, 5],
      ],
    ],
  ])('%j → %j', (base, edit, expected) => {
    expect(hunks(base, edit)).toEqual(expected);
  });

  it.each([
    ['goes to the lowest place where it can stand', 'xaab', 'xaaab', [[3, 3, 3, 4]]],
    ['a deletion as well', 'xaaab', 'xaab', [[3, 4, 3, 3]]],
    ['a group of several', 'x}\n}\ny', 'x}\n}\n}\ny', [[5, 5, 5, 7]]],
    ['joins a change above it', 'xab', 'yaab', [[0, 1, 0, 2]]],
    ['stays beside a deletion', 'aXab', 'aaaab', [[1, 2, 1, 3]]],
  ])('what can stand in several places: %s', (_what, base, edit, expected) => {
    expect(hunks(base, edit)).toEqual(expected);
  });

  it('turn the base into the edit, never touch each other, and change no token that stayed', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c', '}'), { maxLength: 16 });
    fc.assert(
      fc.property(text, text, (base, edit) => {
        const found = diffTokens(base, edit) ?? [];
        const made: string[] = [];
        let at = 0;
        for (const { start, end, from, to } of found) {
          if (at > 0) expect(start).toBeGreaterThan(at);
          made.push(...base.slice(at, start), ...edit.slice(from, to));
          at = end;
        }
        expect([...made, ...base.slice(at)]).toEqual(edit);
      }),
      { seed: 20261121, numRuns: 1000 },
    );
  });
});
