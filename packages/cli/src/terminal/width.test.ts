import { expect, test } from 'vitest';
import { displayWidth, padTo, shortenEnd, shortenFront } from './width.ts';

test('wide characters take two columns, combining ones none', () => {
  expect(displayWidth('abc')).toBe(3);
  expect(displayWidth('日本')).toBe(4);
  expect(displayWidth('e\u0301')).toBe(1);
  expect(displayWidth('📁')).toBe(2);
});

test('a path keeps its end', () => {
  expect(shortenFront('docs/2026/november/report.txt', 14)).toBe('…er/report.txt');
  expect(shortenFront('short.txt', 14)).toBe('short.txt');
  expect(shortenFront('日本語.txt', 7)).toBe('…語.txt');
});

test('nothing that is shortened is wider than asked', () => {
  const text = 'a日b📁c\u0301'.repeat(9);
  for (let columns = 0; columns < 40; columns++) {
    expect(displayWidth(shortenFront(text, columns))).toBeLessThanOrEqual(columns);
    expect(displayWidth(shortenEnd(text, columns))).toBeLessThanOrEqual(columns);
  }
});

test('padding counts columns', () => {
  expect(padTo('日', 4)).toBe('日  ');
  expect(padTo('long', 2)).toBe('long');
});
