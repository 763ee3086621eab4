import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatRecoveryKey, newRecoveryKey, parseRecoveryKey } from './recovery-key.ts';

const key32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
/** The bytes 0, 1, … 31. */
const COUNTING = Uint8Array.from({ length: 32 }, (_, i) => i);
const COUNTING_TEXT = '000G-40R4-0M30-E209-185G-R38E-1W81-24GK-2GAH-C5RR-34D1-P70X-3RFR-V3FR';

describe('recovery key', () => {
  test('is fourteen groups of four letters and digits that nobody confuses', () => {
    expect(formatRecoveryKey(newRecoveryKey())).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){13}[0-9A-HJKMNP-TV-Z]{4}$/);
  });

  test('is read back from what was printed', () => {
    fc.assert(fc.property(key32, (key) => void expect(parseRecoveryKey(formatRecoveryKey(key))).toEqual(key)));
  });

  test('is read as a person types it: small letters, spaces, O and 0, I, l and 1', () => {
    fc.assert(
      fc.property(key32, (key) => {
        const text = formatRecoveryKey(key).toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l');
        expect(parseRecoveryKey(` ${text}\n`)).toEqual(key);
      }),
    );
  });

  test('every single wrong digit and every exchange of neighbours is found', () => {
    const text = formatRecoveryKey(COUNTING).replaceAll('-', '');
    for (let i = 0; i < text.length; i++) {
      const other = text[i] === 'Z' ? 'Y' : 'Z';
      expect(parseRecoveryKey(text.slice(0, i) + other + text.slice(i + 1))).toBe('mistyped');
      const swapped = text.slice(0, i) + (text[i + 1] ?? '') + text[i] + text.slice(i + 2);
      if (swapped !== text) expect(parseRecoveryKey(swapped)).toBe('mistyped');
    }
  });

  test('other texts are none', () => {
    for (const text of [
      '',
      'correct horse battery staple',
      formatRecoveryKey(COUNTING).slice(5),
      `${formatRecoveryKey(COUNTING)}0`,
      'U'.repeat(56),
    ])
      expect(parseRecoveryKey(text)).toBeUndefined();
  });

  test('golden value of docs/formats/vault.md', () => {
    expect(formatRecoveryKey(COUNTING)).toBe(COUNTING_TEXT);
  });
});
