import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../model/entry.ts';
import { ComparisonMode, parseComparisonMode, usesHash } from './comparison-mode.ts';
import { compareSides, newerSide, type Sameness } from './same.ts';

const MODES = Object.values(ComparisonMode);
const base: Entry = { path: 'a', kind: 'file', size: 3, mtimeMs: 10_000 };
const hashed: Entry = { ...base, hash: 'x' };

/** In the order of MODES: hash-then-mtime, size-only, hash-only, mtime-only, size-and-mtime. */
type Row = readonly [Sameness, Sameness, Sameness, Sameness, Sameness];
const TABLE: readonly (readonly [what: string, a: Entry, b: Entry, row: Row])[] = [
  ['alike in everything', hashed, hashed, ['same', 'same', 'same', 'same', 'same']],
  ['other times', hashed, { ...hashed, mtimeMs: 90_000 }, ['same', 'same', 'same', 'different', 'different']],
  ['other content', hashed, { ...hashed, hash: 'y' }, ['different', 'same', 'different', 'same', 'same']],
  ['other sizes', hashed, { ...hashed, size: 4, hash: 'y' }, ['different', 'different', 'different', 'same', 'different']],
  ['no hash on one side', hashed, base, ['same', 'same', 'unknown', 'same', 'same']],
  ['no hash, other times', base, { ...base, mtimeMs: 90_000 }, ['different', 'same', 'unknown', 'different', 'different']],
  ['no hash, other sizes', base, { ...base, size: 4 }, ['different', 'different', 'different', 'same', 'different']],
  ['hashes of two kinds', hashed, { ...hashed, hash: 'md5:x' }, ['same', 'same', 'unknown', 'same', 'same']],
  ['the same other kind of hash', { ...base, hash: 'md5:x' }, { ...base, hash: 'md5:x' }, ['same', 'same', 'same', 'same', 'same']],
  [
    'the same other kind, other content',
    { ...base, hash: 'md5:x' },
    { ...base, hash: 'md5:y' },
    ['different', 'same', 'different', 'same', 'same'],
  ],
  ['other kinds', base, { ...base, kind: 'folder' }, ['different', 'different', 'different', 'different', 'different']],
  ['two folders', { ...base, kind: 'folder' }, { ...base, kind: 'folder', mtimeMs: 0 }, ['same', 'same', 'same', 'same', 'same']],
  [
    'two symlinks',
    { ...base, kind: 'symlink', target: 'b' },
    { ...base, kind: 'symlink', target: 'b', mtimeMs: 0 },
    ['same', 'same', 'same', 'same', 'same'],
  ],
  [
    'two symlinks elsewhere',
    { ...base, kind: 'symlink', target: 'b' },
    { ...base, kind: 'symlink', target: 'c' },
    ['different', 'different', 'different', 'different', 'different'],
  ],
  ['permission bits', { ...hashed, mode: 0o644 }, { ...hashed, mode: 0o755 }, ['same', 'same', 'same', 'same', 'same']],
];

describe('whether two sides hold the same', () => {
  it.each(TABLE)('%s', (_what, a, b, row) => {
    expect(MODES.map((mode) => compareSides(a, b, mode))).toEqual(row);
    expect(MODES.map((mode) => compareSides(b, a, mode))).toEqual(row);
  });

  it.each([
    [0, 'same'],
    [1999.999, 'same'],
    [2000, 'same'],
    [2000.001, 'different'],
    [-2000, 'same'],
    [-2000.001, 'different'],
  ])('times %d ms apart are the %s', (apart, expected) => {
    const other = { ...base, mtimeMs: base.mtimeMs + apart };
    for (const mode of ['mtime-only', 'size-and-mtime', 'hash-then-mtime'] as const) expect(compareSides(base, other, mode)).toBe(expected);
  });
});

describe('which side is newer', () => {
  it.each([
    [2000, undefined],
    [-2000, undefined],
    [2000.001, 'source'],
    [-2000.001, 'destination'],
  ])('source %d ms later: %s', (later, expected) => {
    const source = { ...base, mtimeMs: base.mtimeMs + later };
    for (const mode of ['hash-then-mtime', 'mtime-only', 'size-and-mtime'] as const) expect(newerSide(source, base, mode)).toBe(expected);
    for (const mode of ['size-only', 'hash-only'] as const) expect(newerSide(source, base, mode)).toBeUndefined();
  });

  it('the answer turns round with the sides', () => {
    const time = fc.integer({ min: -10_000, max: 10_000 });
    fc.assert(
      fc.property(time, time, fc.constantFrom(...MODES), (a, b, mode) => {
        const there = newerSide({ ...base, mtimeMs: a }, { ...base, mtimeMs: b }, mode);
        const back = newerSide({ ...base, mtimeMs: b }, { ...base, mtimeMs: a }, mode);
        expect([there, back].sort()).toEqual(there === undefined ? [undefined, undefined] : ['destination', 'source']);
      }),
    );
  });
});

describe('comparison modes by name', () => {
  it.each(Object.entries(ComparisonMode))('%s', (constant, mode) => {
    const camel = mode.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    for (const text of [constant, mode, camel, mode.toUpperCase(), mode.replaceAll('-', ' ')]) expect(parseComparisonMode(text)).toBe(mode);
    expect(usesHash(mode)).toBe(mode.startsWith('hash'));
  });

  it('anything else is refused, and the message lists what there is', () => {
    const refusal = expect.objectContaining({ code: 'config/invalid', message: expect.stringMatching(/"checksum".*size-only.*hash-only/) });
    expect(() => parseComparisonMode('checksum')).toThrow(refusal);
  });
});
