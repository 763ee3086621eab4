import { describe, expect, test } from 'vitest';
import { formatAgo, formatBytes, formatClock, formatCount, formatDuration, formatTime, plural } from './format.ts';

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 KiB'],
  [1536, '1.5 KiB'],
  [10 * 1024, '10 KiB'],
  [1023 * 1024, '1.0 MiB'],
  [5 * 2 ** 30, '5.0 GiB'],
  [3 * 2 ** 60, '3072 PiB'],
])('%d bytes read %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

test.each([
  [0, '0'],
  [999, '999'],
  [1000, '1,000'],
  [1234567, '1,234,567'],
])('%d reads %s', (count, text) => expect(formatCount(count)).toBe(text));

test('one is singular', () => {
  expect(plural(1, 'file')).toBe('1 file');
  expect(plural(0, 'file')).toBe('0 files');
  expect(plural(2, 'copy', 'copies')).toBe('2 copies');
});

test.each([
  [0, '0 ms'],
  [45.4, '45 ms'],
  [999.9, '1.0 s'],
  [9_940, '9.9 s'],
  [59_000, '59 s'],
  [65_000, '1 min 5 s'],
  [3_600_000, '1 h 0 min'],
  [7_810_000, '2 h 10 min'],
])('%d ms lasted %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

test.each([
  [0, '0:00'],
  [6_001, '0:07'],
  [750_000, '12:30'],
  [3_723_000, '1:02:03'],
])('%d ms left read %s', (ms, text) => expect(formatClock(ms)).toBe(text));

describe('how long ago', () => {
  const now = Date.parse('2026-11-21T12:00:00Z');
  test.each([
    [0, 'just now'],
    [30_000, '30 seconds ago'],
    [60_000, '1 minute ago'],
    [3 * 3_600_000, '3 hours ago'],
    [30 * 3_600_000, 'yesterday'],
    [5 * 86_400_000, '5 days ago'],
  ])('%d ms', (ms, text) => expect(formatAgo(now - ms, now)).toBe(text));

  test('the future and the distant past are dates', () => {
    expect(formatAgo(now + 60_000, now)).toMatch(/^2026-11-2\d$/);
    expect(formatAgo(0, now)).toMatch(/^19(69-12-31|70-01-01)$/);
  });
});

test('a time that no clock can show does not break a line', () => {
  expect(formatTime(Number.MAX_VALUE)).toBe('unknown time');
});
