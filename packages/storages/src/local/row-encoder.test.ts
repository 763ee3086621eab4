import { lstatSync, mkdirSync, Stats, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeHead, type Entry, encodeHead } from '@cloudsync/engine';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { freshRoot } from '../fresh-root.test.support.ts';
import { entryOfStats } from './entry-of-stats.ts';
import { encodeStats } from './row-encoder.ts';

function bothWays(path: string, stats: Stats, modes: boolean): [string, string] {
  const entry = entryOfStats(path, stats, modes) as Entry;
  return [encodeStats(path, entry.kind, stats, modes), encodeHead(entry)];
}

test('the fast way to a row writes what encodeHead writes, for any stats', () => {
  const stats = fc.record({
    type: fc.constantFrom(0o100000, 0o040000, 0o120000),
    bits: fc.integer({ min: 0, max: 0o7777 }),
    size: fc.nat(),
    ino: fc.oneof(fc.nat(), fc.constant(2 ** 53), fc.constant(2 ** 64)),
    mtimeMs: fc.oneof(fc.double({ min: -1e12, max: 5e12, noNaN: true }), fc.constantFrom(0, -0.001, 4102444800123.456, 253402300799999)),
    ctimeMs: fc.double({ min: 0, max: 5e12, noNaN: true }),
    birthtimeMs: fc.double({ min: 0, max: 5e12, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), stats, fc.boolean(), (path, { type, bits, ...rest }, modes) => {
      const [fast, slow] = bothWays(path, Object.assign(Object.create(Stats.prototype), rest, { mode: type | bits }), modes);
      expect(fast).toBe(slow);
    }),
  );
});

test('a row of a real file comes back as the entry it was made from', () => {
  const root = freshRoot();
  const names = ['plain', 'new\nline', 'quote"back\\slash', '😀', 'cafe\u0301', '\u007f', 'a b', 'x'.repeat(255)];
  for (const [at, name] of names.entries()) {
    const absolute = join(root, name);
    if (at % 3 === 0) mkdirSync(absolute);
    else if (at % 3 === 1) writeFileSync(absolute, name);
    else symlinkSync('nowhere', absolute);
    if (at % 3 === 1) utimesSync(absolute, 4102444800.123456, at % 2 === 0 ? 0 : 4102444800.123456);
    const stats = lstatSync(absolute);
    const [fast, slow] = bothWays(name, stats, true);
    expect(fast).toBe(slow);
    // A head leaves out what changes in a folder whenever something in it does.
    const { mtimeMs, version, ...lasting } = entryOfStats(name, stats, true) as Entry;
    expect(decodeHead(fast)).toMatchObject(lasting.kind === 'folder' ? lasting : { ...lasting, mtimeMs, version });
  }
});
