import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry } from './entry.ts';
import { encodeRow } from './row.ts';
import { type Agreement, encodeJournalLine, parseJournalLine, parseRow } from './tree-schema.ts';

const ROW = '"a":{"is_dir":false,"size":1,"mtime":2}';
const file = (path: string, extra: Partial<Entry> = {}): Entry => ({ path, kind: 'file', size: 1, mtimeMs: 2000.5, ...extra });

describe('what is accepted as a row', () => {
  it.each([
    ['the least', ROW, { path: 'a', kind: 'file', size: 1, mtimeMs: 2000 }],
    ['a number for an id, as the seed writes it', '"a":{"is_dir":false,"size":1,"mtime":2,"id":77}', { id: '77' }],
    ['keys in any order, and keys of later versions', '"a":{"later":[1],"mtime":2,"size":1,"is_dir":false}', { size: 1, mtimeMs: 2000 }],
    ['a folder', '"a/b":{"is_dir":true,"size":0,"mtime":0}', { path: 'a/b', kind: 'folder' }],
    ['a symlink', '"a":{"is_dir":false,"is_link":true,"size":0,"mtime":0,"target":"b"}', { kind: 'symlink', target: 'b' }],
  ])('%s', (_what, text, expected) => expect(parseRow(text)).toMatchObject(expected));

  it.each([
    ['nothing', ''],
    ['a torn row', ROW.slice(0, -4)],
    ['two rows', `${ROW},"b":{"is_dir":false,"size":1,"mtime":2}`],
    ['no object', '"a":1'],
    ['a missing size', '"a":{"is_dir":false,"mtime":2}'],
    ['a size below zero', '"a":{"is_dir":false,"size":-1,"mtime":2}'],
    ['a size in words', '"a":{"is_dir":false,"size":"1","mtime":2}'],
    ['a null time', '"a":{"is_dir":false,"size":1,"mtime":null}'],
    ['a path that leaves the root', '"../a":{"is_dir":false,"size":1,"mtime":2}'],
    ['an absolute path', '"/a":{"is_dir":false,"size":1,"mtime":2}'],
    ['an empty path', '"":{"is_dir":false,"size":1,"mtime":2}'],
    ['something after it', `${ROW}}x`],
  ])('not %s', (_what, text) => expect(parseRow(text)).toBeUndefined());

  it('a file may be called like a part of JavaScript', () => {
    for (const path of ['__proto__', 'constructor', 'hasOwnProperty', '0'])
      expect(parseRow(encodeRow(file(path)))).toMatchObject({ path, size: 1 });
  });
});

describe('a journal line', () => {
  const path = fc.constantFrom('a', 'a/b', 'q"uote', 'back\\slash', 'line\nbreak', '__proto__', 'é', 'e\u0301', '\uD83D', '👍');
  const side = (of: string): fc.Arbitrary<Entry | undefined> =>
    fc.option(
      fc
        .record({ size: fc.nat(), hash: fc.option(fc.string(), { nil: undefined }), id: fc.string(), version: fc.string() })
        .map((extra) => file(of, { ...extra, mode: 0o644, target: undefined })),
      { nil: undefined },
    );
  const agreement: fc.Arbitrary<Agreement> = path.chain((of) =>
    fc.record({ path: fc.constant(of), source: side(of), destination: side(of) }),
  );

  it('gives back what was agreed', () => {
    fc.assert(
      fc.property(agreement, (agreed) => {
        const line = encodeJournalLine(agreed, encodeRow);
        expect(line.indexOf('\n')).toBe(line.length - 1);
        expect(parseJournalLine(line)).toEqual(agreed);
      }),
    );
  });

  it('torn anywhere says nothing', () => {
    const whole = encodeJournalLine({ path: 'a', source: file('a', { hash: 'h' }), destination: undefined }, encodeRow);
    for (let length = 0; length < whole.length - 1; length++) expect(parseJournalLine(whole.slice(0, length))).toBeUndefined();
    expect(parseJournalLine(whole)).toBeDefined();
  });

  it.each([
    '{"path":"../a","source":null,"destination":null}',
    '{"path":"a","source":null}',
    '{"path":"a","source":{},"destination":null}',
    'null',
    '[]',
  ])('%s is not one', (text) => expect(parseJournalLine(text)).toBeUndefined());
});
