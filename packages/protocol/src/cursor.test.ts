import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCursor, parseCursor } from './cursor.ts';

describe('cursors', () => {
  it('come out as they went in', () => {
    const cursor = { epoch: '00112233445566aa', sequence: 2 ** 53 - 1, stamp: 'ffeeddccbbaa9988' };
    expect(parseCursor(formatCursor(cursor))).toEqual(cursor);
    expect(parseCursor('00112233445566aa:0:0')).toEqual({ epoch: '00112233445566aa', sequence: 0, stamp: '0' });
  });

  it('are nothing else', () => {
    const wrong = [
      '',
      ':',
      '00112233445566aa:0',
      '00112233445566AA:0:0',
      '00112233445566aa:01:0',
      '00112233445566aa:-1:0',
      '00112233445566aa:9007199254740992:0',
    ];
    for (const text of wrong) expect(parseCursor(text), text).toBeUndefined();
    fc.assert(
      fc.property(fc.string(), (text) => {
        const parsed = parseCursor(text);
        expect(parsed === undefined ? text : formatCursor(parsed)).toBe(text);
      }),
    );
  });
});
