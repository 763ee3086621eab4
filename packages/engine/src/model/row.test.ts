import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry } from './entry.ts';
import { decodeHead, encodeHead, encodeRow, encodeTail, type RowValue, splitRow, toMicroseconds } from './row.ts';
import { parseRow } from './tree-schema.ts';

/** Any text that can be a name, lone surrogates and JavaScript's own names included. */
const name = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    '0',
    '-1',
    '"',
    '\\',
    ':{"is_dir":',
    '\n',
    '\r\n',
    '\u2028',
    '👩‍👩‍👧‍👦',
    '\uD83D',
    '\uDE00x',
  ),
);
const path = fc
  .array(
    name.filter((text) => !/[/\0]/.test(text) && text !== '.' && text !== '..'),
    { minLength: 1, maxLength: 3 },
  )
  .map((names) => names.join('/'));

/** Whole microseconds, in milliseconds. Seconds keep them apart until 2^32 s, in 2106. */
const microseconds = (from: string, to: string): fc.Arbitrary<number> =>
  fc.bigInt(BigInt(Date.parse(from)) * 1000n, BigInt(Date.parse(to)) * 1000n).map((count) => Number(count) / 1000);
const mtimeMs = fc.oneof(microseconds('1901-01-01', '2106-01-01'), microseconds('2026-01-01', '2027-01-01'));

const text = fc.string({ unit: 'binary', maxLength: 6 });
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
const entry: fc.Arbitrary<Entry> = fc
  .record({
    path,
    kind: fc.constantFrom('file', 'folder', 'symlink'),
    size: fc.nat(2 ** 40),
    mtimeMs,
    mode: maybe(fc.nat(0o7777)),
    id: maybe(text),
    version: maybe(text),
    hash: maybe(text),
    target: maybe(text),
  })
  .map((any): Entry => {
    if (any.kind === 'file') return { ...any, target: undefined };
    if (any.kind === 'symlink') return { ...any, size: 0, hash: undefined };
    return { ...any, size: 0, version: undefined, hash: undefined, target: undefined };
  });

describe('a row', () => {
  it('gives back every entry: any path, any time to the microsecond', () => {
    fc.assert(
      fc.property(entry, (before) => {
        expect(parseRow(encodeRow(before))).toEqual(before);
      }),
      { numRuns: 500 },
    );
  });

  it('is one line of JSON in the seed’s shape', () => {
    fc.assert(
      fc.property(entry, (before) => {
        const row = encodeRow(before);
        expect(row).not.toMatch(/[\n\r]/);
        expect(Object.keys(JSON.parse(`{${row}}`))).toHaveLength(1);
        const { key = '', value = '' } = splitRow(row) ?? {};
        expect(JSON.parse(key)).toBe(before.path);
        const shape = JSON.parse(value) as RowValue;
        expect(shape).toMatchObject({ is_dir: before.kind === 'folder', size: before.size });
        expect(shape.mtime).toBeCloseTo(before.mtimeMs / 1000, 5);
      }),
    );
  });

  it('is its head and its tail, and the head has no lazy facts', () => {
    fc.assert(
      fc.property(entry, text, text, (before, hash, target) => {
        expect(encodeHead(before) + encodeTail(before)).toBe(encodeRow(before));
        expect(encodeHead({ ...before, hash, target })).toBe(encodeHead(before));
        if (before.kind === 'folder') expect(encodeHead({ ...before, mtimeMs: before.mtimeMs + 1 })).toBe(encodeHead(before));
      }),
    );
  });

  it('an untouched entry writes the same head, letter for letter, after a trip through the state', () => {
    fc.assert(
      fc.property(entry, (before) => {
        const head = encodeHead(before);
        expect(encodeHead(decodeHead(head))).toBe(head);
        expect(encodeHead(parseRow(encodeRow(before)) as Entry)).toBe(head);
      }),
      { numRuns: 500 },
    );
  });

  it('a head tells what a listing tells', () => {
    fc.assert(
      fc.property(entry, (before) => {
        const listed = { ...before, hash: undefined, target: undefined };
        expect(decodeHead(encodeHead(before))).toEqual(before.kind === 'folder' ? { ...listed, mtimeMs: 0 } : listed);
      }),
    );
  });
});

describe('times', () => {
  const mtimeAfter = (ms: number): number | undefined => parseRow(encodeRow({ path: 'a', kind: 'file', size: 0, mtimeMs: ms }))?.mtimeMs;

  it.each([
    0,
    -1,
    -0.001,
    0.001,
    999.999,
    -1500.25,
    1_795_253_821_064.003,
    Date.UTC(1901, 11, 13) + 0.999,
    Date.UTC(2041, 3, 1) + 0.006,
    Date.UTC(2100, 0, 1) + 0.001,
    Date.UTC(2107, 11, 31, 23, 59, 58),
  ])('%d ms comes back exactly', (ms) => {
    expect(mtimeAfter(ms)).toBe(ms);
  });

  it('are rounded to whole microseconds, once and for all', () => {
    const anyTime = fc.double({ min: Date.UTC(1901, 0, 1), max: Date.UTC(2106, 0, 1), noNaN: true });
    fc.assert(
      fc.property(anyTime, (ms) => {
        const rounded = toMicroseconds(ms);
        expect(Math.abs(rounded - ms)).toBeLessThan(0.001);
        expect(toMicroseconds(rounded)).toBe(rounded);
        // Minus zero is zero.
        expect(mtimeAfter(rounded)).toBe(rounded + 0);
      }),
      { numRuns: 500 },
    );
    expect(toMicroseconds(-0.0006)).toBe(-0.001);
  });
});
