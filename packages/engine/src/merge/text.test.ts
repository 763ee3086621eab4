import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeText, encodeText, isProse, splitLines, splitWords } from './text.ts';

const text = fc
  .array(fc.constantFrom('a', 'bc', ' ', '\t', '\n', '\r\n', '\r', '\u2028', '\ufeff', 'é', '😀'))
  .map((parts) => parts.join(''));

it('tokens joined are the text, and a text encoded again is the same bytes', () => {
  fc.assert(
    fc.property(text, (whole) => {
      expect(splitLines(whole).join('')).toBe(whole);
      expect(splitWords(whole).join('')).toBe(whole);
      expect(decodeText(encodeText(whole))).toBe(whole);
    }),
    { seed: 20261121 },
  );
});

it('lines and words', () => {
  expect(splitLines('a\r\nb\n\nc')).toEqual(['a\r\n', 'b\n', '\n', 'c']);
  expect(splitWords('don’t  stop.\r\n\tnow \n')).toEqual(['don’t', '  ', 'stop.', '\r\n', '\t', 'now', ' ', '\n']);
  expect([splitLines(''), splitWords('')]).toEqual([[], []]);
});

it.each([
  ['a.md', true],
  ['x/README.TXT', true],
  ['x.md/Makefile', false],
  ['.md', true],
  ['md', false],
  ['a.ts', false],
])('%s is prose: %s', (path, expected) => {
  expect(isProse(path)).toBe(expected);
});
