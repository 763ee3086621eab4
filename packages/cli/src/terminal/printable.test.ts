import { expect, test } from 'vitest';
import { printable } from './printable.ts';

test('ordinary names stay as they are, other scripts, emoji and backslashes included', () => {
  for (const name of ['docs/a b.txt', 'żółć/日本語.md', '👩‍👩‍👧.png', 'C:\\x', 'é (NFD)']) expect(printable(name)).toBe(name);
});

test('what would move the cursor or start a control sequence is escaped', () => {
  expect(printable('a\nb')).toBe('a\\nb');
  expect(printable('\x1b[31mred\r')).toBe('\\e[31mred\\r');
  expect(printable('bell\x07 del\x7f csi\x9b')).toBe('bell\\x07 del\\x7f csi\\x9b');
});

test('marks that reorder a line are escaped, so that exe.txt is not shown for txt.exe', () => {
  expect(printable('a\u202etxt.exe')).toBe('a\\u202etxt.exe');
});

test('an escaped name is unambiguous: its own backslashes are doubled', () => {
  expect(printable('a\\n\n')).toBe('a\\\\n\\n');
});
