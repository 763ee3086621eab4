import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseRange } from './byte-range.ts';

test.each([
  ['bytes=0-0', { offset: 0, length: 1 }],
  ['bytes=2-4', { offset: 2, length: 3 }],
  ['bytes=2-', { offset: 2, length: 8 }],
  ['bytes=-3', { offset: 7, length: 3 }],
  ['bytes=-300', { offset: 0, length: 10 }],
  ['bytes=8-100', { offset: 8, length: 2 }],
  [undefined, undefined],
  ['', undefined],
  ['bytes=-', undefined],
  ['bytes=4-2', undefined],
  ['bytes=0-1,3-4', undefined],
  ['items=0-1', undefined],
  ['bytes=a-b', undefined],
])('%s of 10 bytes', (header, range) => {
  expect(parseRange(header, 10)).toEqual(range);
});

test.each(['bytes=10-', 'bytes=10-12', 'bytes=-0'])('%s of 10 bytes begins behind the end', (header) => {
  expect(() => parseRange(header, 10)).toThrow(expect.objectContaining({ code: 'server/range-not-satisfiable' }));
});

test('whatever is asked for lies within the content', () => {
  const part = fc.oneof(fc.nat(20).map(String), fc.constant(''));
  fc.assert(
    fc.property(part, part, fc.nat(15), (first, last, size) => {
      try {
        const range = parseRange(`bytes=${first}-${last}`, size);
        if (range === undefined) return;
        expect(range.length).toBeGreaterThan(0);
        expect(range.offset + range.length).toBeLessThanOrEqual(size);
      } catch (error) {
        expect(error).toMatchObject({ code: 'server/range-not-satisfiable' });
      }
    }),
  );
});
