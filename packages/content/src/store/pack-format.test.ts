import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beginSeal } from '../seal/seal.ts';
import { ByteReader } from './byte-reader.ts';
import { decodeDirectory, encodeDirectory, type PackDirectory } from './directory.ts';
import { openDirectory, packName, packParts, saltOfPackName, sealedDirectoryLength } from './pack-format.ts';
import { keysOf, noise } from './store.test.support.ts';

/** Two segments with three chunks. */
const DIRECTORY: PackDirectory = {
  kind: 'tree',
  segments: [
    { piece: 0, codec: 0, sealedLength: 316, rawLength: 300, chunks: 2 },
    { piece: 7, codec: 1, sealedLength: 66, rawLength: 4000, chunks: 1 },
  ],
  ids: noise('ids', 96),
  lengths: Uint32Array.of(100, 200, 4000),
};
const BYTES = encodeDirectory(DIRECTORY);

function decode(bytes: Uint8Array): PackDirectory {
  const reader = new ByteReader(bytes, 'packs/x');
  const directory = decodeDirectory(reader, 'packs/x');
  reader.end();
  return directory;
}

function changed(at: number, value: number): Buffer {
  const bytes = Buffer.from(BYTES);
  bytes.writeUInt32BE(value, at);
  return bytes;
}

describe('a directory', () => {
  it('has the layout of docs/formats/content.md', () => {
    expect(BYTES.toString('hex')).toBe(
      [
        '01 00000002',
        '00000000 00 0000013c 0000012c 00000002',
        '00000007 01 00000042 00000fa0 00000001',
        `${noise('ids', 96).toString('hex', 0, 32)} 00000064`,
        `${noise('ids', 96).toString('hex', 32, 64)} 000000c8`,
        `${noise('ids', 96).toString('hex', 64, 96)} 00000fa0`,
      ]
        .join('')
        .replaceAll(' ', ''),
    );
    expect(decode(BYTES)).toEqual({ ...DIRECTORY, ids: Uint8Array.from(DIRECTORY.ids) });
  });

  it.each([
    ['no segment', changed(1, 0)],
    ['four thousand million segments', changed(1, 0xffffffff)],
    ['the piece of a directory', changed(5, 0xffffffff)],
    ['a plain segment that is not 16 bytes longer sealed', changed(10, 317)],
    ['a segment of more than 2 MiB', changed(14, 2 ** 21 + 1)],
    ['a segment without chunks', changed(18, 0)],
    ['four thousand million chunks', changed(18, 0xffffffff)],
    ['a compressed segment of nothing', changed(27, 16)],
    ['a compressed segment that is larger than it was', changed(27, 4016)],
    ['a chunk that is longer than its segment', changed(39 + 32, 101)],
    ['an empty chunk', changed(39 + 32, 0)],
    ['a byte too many', Buffer.concat([BYTES, Buffer.alloc(1)])],
    ['an unknown kind', Buffer.concat([Buffer.of(2), BYTES.subarray(1)])],
    ['an unknown codec', Buffer.concat([BYTES.subarray(0, 9), Buffer.of(2), BYTES.subarray(10)])],
  ])('with %s is refused', (_what, bytes) => {
    expect(() => decode(bytes)).toThrow(expect.objectContaining({ code: 'content/damaged', path: 'packs/x' }));
  });

  it('that is cut off anywhere is refused', () => {
    for (let length = 0; length < BYTES.length; length++) {
      expect(() => decode(BYTES.subarray(0, length))).toThrow(expect.objectContaining({ code: 'content/damaged' }));
    }
  });

  it('of any bytes is refused, or is what encodes to them', () => {
    const soup = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.tuple(fc.nat(BYTES.length - 1), fc.uint8Array({ minLength: 1, maxLength: 8 })).map(([at, patch]) => {
        const bytes = Buffer.concat([BYTES, Buffer.alloc(8)]);
        bytes.set(patch, at);
        return bytes.subarray(0, BYTES.length);
      }),
    );
    fc.assert(
      fc.property(soup, (bytes) => {
        let directory: PackDirectory;
        try {
          directory = decode(bytes);
        } catch (error) {
          expect(error).toMatchObject({ code: 'content/damaged' });
          return;
        }
        expect(encodeDirectory(directory)).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a pack', () => {
  const seal = beginSeal(keysOf(), 'pack');
  const parts = packParts(seal, DIRECTORY, [Buffer.alloc(316), Buffer.alloc(66)]);
  const pack = Buffer.concat(parts);

  it('ends with its directory, the length of that, and CSP.', () => {
    const length = sealedDirectoryLength(pack, 'packs/x');
    const sealed = pack.subarray(pack.length - 8 - length, pack.length - 8);
    expect(pack.toString('latin1', pack.length - 4)).toBe('CSP.');
    expect(openDirectory(seal, sealed, pack.length, 'packs/x').lengths).toEqual(DIRECTORY.lengths);
    expect(() => openDirectory(seal, sealed, pack.length + 1, 'packs/x')).toThrow(expect.objectContaining({ code: 'content/damaged' }));
  });

  it.each([
    ['too short', pack.subarray(0, 7)],
    ['not a pack’s', Buffer.concat([pack, Buffer.alloc(1)])],
    ['that of a directory of 4 GiB', Buffer.concat([pack.subarray(0, -8), Buffer.from('ffffffff4353502e', 'hex')])],
  ])('whose end is %s is refused', (_what, bytes) => {
    expect(() => sealedDirectoryLength(bytes, 'packs/x')).toThrow(expect.objectContaining({ code: 'content/damaged' }));
  });

  it('is named by its salt', () => {
    const salt = 'ab'.repeat(32);
    expect(packName(salt)).toBe(`packs/ab/${salt}`);
    expect(saltOfPackName(packName(salt))).toBe(salt);
    for (const name of [`packs/ac/${salt}`, `packs/ab/${salt}0`, 'packs/ab/x', salt, `index/${salt}`, `packs/AB/${salt.toUpperCase()}`]) {
      expect(saltOfPackName(name)).toBeUndefined();
    }
  });
});
