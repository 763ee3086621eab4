import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Position } from '../live/live-workspace.ts';
import { Mirror, type MirrorRow } from '../mirror/mirror.ts';
import { decodeMirror, decodePosition, encodeMirror, encodePosition } from './mirror-file.ts';

const POSITION: Position = { workspace: 'ws_1', cursor: '0123456789abcdef:7:0', epoch: '0123456789abcdef', view: 3, lineage: 'a1' };
const FOLDER: MirrorRow = {
  ...{ sequence: 1, id: 1, parent: 0, name: 'line\nbreak "é" 😀', kind: 'folder', size: 0, mtimeMs: -1.5, mode: 0o755 },
  ...{ hash: undefined, target: undefined, chunks: 0, deleted: false },
};
const FILE: MirrorRow = {
  ...FOLDER,
  sequence: 2,
  id: 2,
  parent: 1,
  name: 'a',
  kind: 'file',
  size: 2 ** 40,
  hash: 'ab'.repeat(32),
  chunks: 9,
};
const LINK: MirrorRow = { ...FOLDER, sequence: 3, id: 3, name: 'link', kind: 'symlink', target: '../x', mode: undefined };

function encoded(rows: readonly MirrorRow[]): Uint8Array {
  const mirror = new Mirror();
  mirror.apply(rows);
  return encodeMirror(POSITION, mirror);
}

describe('the file of a mirror', () => {
  it('gives back position and entries', () => {
    const again = decodeMirror(encoded([FOLDER, FILE, LINK]));
    expect(again?.position).toEqual(POSITION);
    expect([...(again?.mirror.nodes() ?? [])].map(({ children, ...node }) => node)).toEqual(
      [FOLDER, FILE, LINK].map(({ deleted, ...node }) => node),
    );
    expect(again?.mirror.find(`${FOLDER.name}/a`)?.size).toBe(2 ** 40);
    expect(decodeMirror(encoded([]))?.mirror.size).toBe(0);
  });

  it('more entries than are written in one piece', () => {
    const many = Array.from({ length: 2_500 }, (_, at) => ({ ...FILE, id: at + 10, parent: 0, name: `f${at}` }));
    expect(decodeMirror(encoded(many))?.mirror.size).toBe(2_500);
  });

  it('counts for nothing when a byte of it is another, or is missing: an entry that is lost would pass for deleted', () => {
    const bytes = encoded([FOLDER, FILE, LINK]);
    for (let at = 0; at < bytes.length; at++) {
      const damaged = bytes.slice();
      damaged[at] = (damaged[at] as number) ^ 1;
      expect(decodeMirror(damaged)).toBeUndefined();
      expect(decodeMirror(bytes.subarray(0, at))).toBeUndefined();
    }
  });

  it('counts for nothing when it is of another format, although it is whole', () => {
    for (const text of [
      '{"format":"cloudsync mirror 2"}\n',
      'no JSON\n',
      `${JSON.stringify({ format: 'cloudsync mirror 1', position: POSITION })}\n[1]\n`,
    ])
      expect(decodeMirror(Buffer.from(text + hash('sha256', text, 'hex')))).toBeUndefined();
  });

  it('a position by itself: whole or nothing', () => {
    const bytes = encodePosition(POSITION);
    expect(decodePosition(bytes)).toEqual(POSITION);
    for (let at = 0; at < bytes.length - 1; at++) {
      expect(decodePosition(bytes.subarray(0, at))).toBeUndefined();
      expect(decodePosition(bytes.map((byte, index) => (index === at ? byte ^ 1 : byte)))).toBeUndefined();
    }
  });
});
