import { describe, expect, test } from 'vitest';
import { parseCount, parseMaxDelete } from './count.ts';
import { parseDuration } from './duration.ts';
import { parseSchedule } from './schedule.ts';
import { parseBandwidth, parseSize } from './size.ts';

const invalid = expect.objectContaining({ code: 'config/invalid' });

describe('sizes', () => {
  test.each([
    ['4096', 4096],
    ['500K', 512_000],
    ['2M', 2_097_152],
    ['1.5g', 1_610_612_736],
    ['1KiB', 1024],
    ['7b', 7],
  ])('%s', (text, bytes) => expect(parseSize(text)).toBe(bytes));

  test.each(['', 'K', '1X', '-1K', '1 000', '0x10', '1e3'])('%j is refused', (text) => expect(() => parseSize(text)).toThrow(invalid));
});

describe('bandwidth', () => {
  test.each([
    ['2M', { upload: 2_097_152, download: 2_097_152 }],
    ['1M:500K', { upload: 1_048_576, download: 512_000 }],
    ['off:500K', { upload: undefined, download: 512_000 }],
    ['0', { upload: undefined, download: undefined }],
  ])('%s', (text, bandwidth) => expect(parseBandwidth(text)).toEqual(bandwidth));

  test.each(['', ':', '1M:2M:3M', 'fast'])('%j is refused', (text) => expect(() => parseBandwidth(text)).toThrow(invalid));
});

describe('durations', () => {
  test.each([
    ['30s', 30_000],
    ['15m', 900_000],
    ['1h30m', 5_400_000],
    ['30d', 2_592_000_000],
    ['250ms', 250],
    ['1.5h', 5_400_000],
  ])('%s', (text, ms) => expect(parseDuration(text)).toBe(ms));

  test.each(['', '15', 'm', '1y', '-5m', '5m later'])('%j is refused', (text) => expect(() => parseDuration(text)).toThrow(invalid));
});

test('a schedule is an interval or a cron line', () => {
  expect(parseSchedule('15m')).toEqual({ everyMs: 900_000 });
  expect(parseSchedule('0 3 * * *')).toEqual({ cron: '0 3 * * *' });
  expect(() => parseSchedule('10ms')).toThrow(invalid);
});

test('counts are whole numbers from 1, and the option is named', () => {
  expect(parseCount('--transfers', '8')).toBe(8);
  for (const text of ['0', '-1', '1.5', 'x', '']) expect(() => parseCount('--transfers', text)).toThrow(/--transfers/);
});

test('the delete guard takes files, a percentage, or off', () => {
  expect(parseMaxDelete('100')).toEqual({ files: 100 });
  expect(parseMaxDelete('0')).toEqual({ files: 0 });
  expect(parseMaxDelete('25%')).toEqual({ percent: 25 });
  expect(parseMaxDelete('off')).toBe('off');
  for (const text of ['', '101%', '-1', 'all', '5 %']) expect(() => parseMaxDelete(text)).toThrow(invalid);
});
