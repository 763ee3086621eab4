import { expect, test } from 'vitest';
import { assertMatches, baseOf, isKnown } from './preconditions.ts';

test.each([
  [{}, 'any'],
  [{ 'if-match': '*' }, 'any'],
  [{ 'if-match': '"12"' }, 12],
  [{ 'if-match': ' "12" ' }, 12],
  [{ 'if-none-match': '*' }, 0],
])('%j replaces %s', (headers, base) => {
  expect(baseOf(headers)).toBe(base);
});

test.each([
  { 'if-match': '12' },
  { 'if-match': 'W/"12"' },
  { 'if-match': '"0"' },
  { 'if-match': '"12", "13"' },
  { 'if-match': '"99999999999999999"' },
  { 'if-none-match': '"12"' },
  { 'if-match': '"12"', 'if-none-match': '*' },
])('%j is refused', (headers) => {
  expect(() => baseOf(headers)).toThrow(expect.objectContaining({ code: 'server/invalid' }));
});

test('a reader who has it already is told so', () => {
  expect(isKnown('"12"', '"12"')).toBe(true);
  expect(isKnown('"11", W/"12"', '"12"')).toBe(true);
  expect(isKnown('*', '"12"')).toBe(true);
  expect(isKnown('"11"', '"12"')).toBe(false);
  expect(isKnown(undefined, '"12"')).toBe(false);
});

test('a reader who wants another version is refused', () => {
  assertMatches(undefined, '"12"');
  assertMatches('*', '"12"');
  assertMatches('"11", "12"', '"12"');
  expect(() => assertMatches('"11"', '"12"')).toThrow(expect.objectContaining({ code: 'server/precondition-failed' }));
});
