import { expect, test } from 'vitest';
import { shellWord } from './shell-word.ts';
import { paintFor, wantsColours } from './terminal.ts';

test('colours are for terminals, and NO_COLOR turns them off', () => {
  expect(wantsColours({ isTTY: true }, {})).toBe(true);
  expect(wantsColours({ isTTY: true }, { NO_COLOR: '1' })).toBe(false);
  expect(wantsColours({ isTTY: true }, { NO_COLOR: '' })).toBe(true);
  expect(wantsColours({ isTTY: true }, { TERM: 'dumb' })).toBe(false);
  expect(wantsColours({}, {})).toBe(false);
});

test('paint without colours changes nothing', () => {
  expect(paintFor(false)('red', 'x')).toBe('x');
  expect(paintFor(true)('red', 'x')).toBe('\x1b[31mx\x1b[39m');
});

test('a word is pasted into a shell as one word', () => {
  expect(shellWord('./docs/a-b_1.txt')).toBe('./docs/a-b_1.txt');
  expect(shellWord("it's here")).toBe("'it'\\''s here'");
  expect(shellWord('')).toBe("''");
});
