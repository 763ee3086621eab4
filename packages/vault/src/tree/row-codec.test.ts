import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRow, encodeRow } from './row-codec.ts';

const hex = 'abcdef0123456789';
const hash = '0123456789abcdef'.repeat(4);
const chunk = 'A'.repeat(43);
const vector = `${hex}:1,b${hex.slice(1)}:12`;

const ROWS = {
  file: [
    'docs/a',
    'f',
    5,
    1.5,
    0o644,
    hex,
    vector,
    hash,
    [
      [chunk, 2],
      [chunk, 3],
    ],
  ],
  'empty file': ['a', 'f', 0, -1, null, hex, vector, hash, []],
  'large file': ['a', 'f', 2 ** 40, 0, 0, hex, vector, hash, { level: 1, nodes: [[chunk, 100, 5, 2 ** 40]] }],
  folder: ['docs', 'd', 0, 0, 0o7777, hex, vector],
  symlink: ['link', 'l', 0, 0, null, hex, vector, null, '../a'],
  tombstone: ['gone', 'x', 7, 5, null, hex, vector],
} as const;
const rows = Object.values(ROWS) as readonly (readonly unknown[])[];

describe('decodeRow', () => {
  it.each(Object.entries(ROWS))('gives back what a %s is written as', (_, stored) => {
    const row = decodeRow(stored);
    expect(row && encodeRow(row)).toBe(JSON.stringify(stored));
  });

  it.each<[string, unknown]>([
    ['no array', { 0: 'a' }],
    ['an unknown kind', ['a', 'z', 0, 0, null, hex, vector]],
    ['a name of a method as kind', ['a', 'constructor', 0, 0, null, hex, vector]],
    ['a path that leads outside', ['../a', 'd', 0, 0, null, hex, vector]],
    ['a size that is no whole number', ['a', 'f', 1.5, 0, null, hex, vector, hash, []]],
    ['a size that its chunks do not have', ['a', 'f', 4, 0, null, hex, vector, hash, [[chunk, 5]]]],
    ['too many chunks in a row', ['a', 'f', 17, 0, null, hex, vector, hash, Array(17).fill([chunk, 1])]],
    ['a chunk of nothing', ['a', 'f', 0, 0, null, hex, vector, hash, [[chunk, 0]]]],
    ['an id of a chunk that is too short', ['a', 'f', 1, 0, null, hex, vector, hash, [['A', 1]]]],
    ['too many permission bits', ['a', 'd', 0, 0, 0o10000, hex, vector]],
    ['a folder with a size', ['a', 'd', 1, 0, null, hex, vector]],
    ['a vector in another spelling', ['a', 'd', 0, 0, null, hex, `b${hex.slice(1)}:1,${hex}:1`]],
    ['upper-case hex', ['a', 'd', 0, 0, null, hex.toUpperCase(), vector]],
    ['something more', ['a', 'd', 0, 0, null, hex, vector, null]],
    ['something less', ['a', 'l', 0, 0, null, hex, vector, null]],
  ])('refuses %s', (_, stored) => {
    expect(decodeRow(stored)).toBeUndefined();
  });

  it('takes nothing that it would not write just so', () => {
    const junk = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom<unknown>(0, null, hex, hash, vector, chunk, 'f', 'd', 'l', 'x', [], [[chunk, 5]]),
    );
    fc.assert(
      fc.property(fc.constantFrom(...rows), fc.nat(9), junk, fc.boolean(), (row, at, value, isInserted) => {
        const changed = row.toSpliced(at, isInserted ? 0 : 1, value);
        const decoded = decodeRow(changed);
        if (decoded !== undefined) expect(encodeRow(decoded)).toBe(JSON.stringify(changed));
      }),
    );
  });
});
