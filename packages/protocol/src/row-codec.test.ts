import { describe, expect, it } from 'vitest';
import { decodeHex, encodeHex } from './hex.ts';
import type { Row } from './row.ts';
import { decodeRow, encodeRow } from './row-codec.ts';

const FILE: Row = {
  sequence: 12,
  id: 3,
  parent: 0,
  name: 'a',
  kind: 'file',
  size: 5,
  mtimeMs: -1.5,
  mode: 0o644,
  hash: 'ab'.repeat(32),
  target: undefined,
  content: '0f'.repeat(32),
  chunks: 1,
  deleted: false,
  atMs: 1,
  author: 2,
  action: 'restored',
};

describe('rows on the wire', () => {
  it('come out as they went in', () => {
    const link: Row = { ...FILE, kind: 'symlink', hash: undefined, content: undefined, mode: undefined, target: 'b', deleted: true };
    for (const row of [FILE, link]) expect(decodeRow(encodeRow(row))).toEqual(row);
  });

  it('hex', () => {
    expect(encodeHex(decodeHex('00ff10ab'))).toBe('00ff10ab');
  });

  it('anything else is server/invalid', () => {
    const wire = encodeRow(FILE);
    for (const bad of [
      undefined,
      [],
      wire.slice(1),
      [...wire, 1],
      wire.with(0, -1),
      wire.with(4, 3),
      wire.with(8, new Uint8Array(31)),
      wire.with(12, 1),
      wire.with(15, 99),
    ])
      expect(() => decodeRow(bad)).toThrow('cannot be understood');
  });
});
