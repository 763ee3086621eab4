import { createCipheriv, createHmac, hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  beginSeal,
  DIRECTORY_PIECE,
  encodeHeader,
  type ObjectKind,
  type ObjectSeal,
  openHeader,
  openPiece,
  type SealKeys,
  sealPiece,
} from './seal.ts';
import { openObject, sealObject } from './sealed-object.ts';
import { type SealSuite, TAG_BYTES } from './suites.ts';

const SUITES: readonly SealSuite[] = ['none', 'aes-256-gcm', 'xchacha20-poly1305'];
const SALT = Buffer.from('0123456789abcdef'.repeat(4), 'hex');
const TEXT = Buffer.from('what a piece holds');

function keysOf(suite: SealSuite, ...epochs: number[]): SealKeys {
  return { suite, epochs: epochs.map((epoch) => ({ epoch, key: Buffer.alloc(32, epoch) })) };
}

function sealWith(suite: SealSuite, key: Uint8Array): ObjectSeal {
  return { suite, epoch: 1, salt: SALT, key };
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const damaged = (part: string) => ({ code: 'content/damaged', path: 'packs/x', message: expect.stringContaining(part) });

describe('the ciphers are the published ones', () => {
  it('aes-256-gcm: test cases 13 and 14 of McGrew and Viega, "The Galois/Counter Mode of Operation"', () => {
    const seal = sealWith('aes-256-gcm', Buffer.alloc(32));
    expect(hex(sealPiece(seal, 0, Buffer.alloc(0)))).toBe('530f8afbc74536b9a963b4f1c4cb738b');
    expect(hex(sealPiece(seal, 0, Buffer.alloc(16)))).toBe('cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919');
  });

  it('xchacha20-poly1305: HChaCha20 of draft-irtf-cfrg-xchacha-03 (2.2.1), then the ChaCha20-Poly1305 of RFC 8439', () => {
    const key = Buffer.from(Array.from({ length: 32 }, (_, at) => at));
    const published = hchacha20(key, Buffer.from('000000090000004a0000000031415927', 'hex'));
    expect(hex(published)).toBe('82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc');
    const nonce = Buffer.alloc(24);
    nonce.writeUInt32BE(77, 20);
    const cipher = createCipheriv(
      'chacha20-poly1305',
      hchacha20(key, nonce.subarray(0, 16)),
      Buffer.concat([Buffer.alloc(4), nonce.subarray(16)]),
      {
        authTagLength: 16,
      },
    );
    const expected = Buffer.concat([cipher.update(TEXT), cipher.final(), cipher.getAuthTag()]);
    expect(hex(sealPiece(sealWith('xchacha20-poly1305', key), 77, TEXT))).toBe(hex(expected));
  });

  it('none: the bytes, then half of SHA-256(object key ‖ nonce ‖ bytes)', () => {
    const key = Buffer.alloc(32, 5);
    const nonce = Buffer.from('0000000000000000ffffffff', 'hex');
    const sum = hash('sha256', Buffer.concat([key, nonce, TEXT])).slice(0, 32);
    expect(hex(sealPiece(sealWith('none', key), DIRECTORY_PIECE, TEXT))).toBe(hex(TEXT) + sum);
  });

  it('an object key is the HKDF-SHA256 of RFC 5869', () => {
    const { key } = beginSeal(keysOf('aes-256-gcm', 1), 'index', SALT);
    const extracted = createHmac('sha256', SALT).update(Buffer.alloc(32, 1)).digest();
    expect(hex(key)).toBe(createHmac('sha256', extracted).update('cloudsync 1 index\x01').digest('hex'));
  });
});

describe.each(SUITES)('suite %s', (suite) => {
  const seal = beginSeal(keysOf(suite, 1), 'pack', SALT);

  it.each([0, 1, 100_000, 600_000])('opens what it sealed, %i bytes', (length) => {
    const plain = Buffer.alloc(length, 'some text ');
    const sealed = sealPiece(seal, 3, plain);
    expect(sealed).toHaveLength(length + TAG_BYTES);
    expect(Buffer.compare(openPiece(seal, { piece: 3, sealed, object: 'packs/x' }), plain)).toBe(0);
  });

  it('notices every flipped bit', () => {
    const sealed = sealPiece(seal, 0, TEXT);
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const flipped = Buffer.from(sealed);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(() => openPiece(seal, { piece: 0, sealed: flipped, object: 'packs/x' })).toThrow(expect.objectContaining(damaged('piece 0')));
    }
  });

  it('notices bytes that are cut off or added', () => {
    const sealed = sealPiece(seal, 0, TEXT);
    for (let length = 0; length < sealed.length; length++) {
      expect(() => openPiece(seal, { piece: 0, sealed: sealed.subarray(0, length), object: 'packs/x' })).toThrow(
        expect.objectContaining(damaged('piece 0')),
      );
    }
    expect(() => openPiece(seal, { piece: 0, sealed: Buffer.concat([sealed, Buffer.alloc(1)]), object: 'packs/x' })).toThrow(
      expect.objectContaining(damaged('piece 0')),
    );
  });

  const sealed = sealPiece(seal, 0, TEXT);
  it.each([
    ['another piece', seal, 1],
    ['the directory', seal, DIRECTORY_PIECE],
    ['another object', beginSeal(keysOf(suite, 1), 'pack'), 0],
    ['another kind', beginSeal(keysOf(suite, 1), 'index', SALT), 0],
    ['another epoch', beginSeal(keysOf(suite, 2), 'pack', SALT), 0],
    ...SUITES.filter((other) => other !== suite).map((other) => [`suite ${other}`, beginSeal(keysOf(other, 1), 'pack', SALT), 0] as const),
  ] as const)('does not open as %s', (_what, other, piece) => {
    expect(() => openPiece(other, { piece, sealed, object: 'packs/x' })).toThrow(expect.objectContaining(damaged('does not open')));
  });

  it('seals into memory that is given', () => {
    const memory = new Uint8Array(1000);
    expect(hex(sealPiece(seal, 0, TEXT, memory.subarray(10)))).toBe(hex(sealed));
    expect(hex(memory.subarray(10, 10 + sealed.length))).toBe(hex(sealed));
  });
});

describe('headers', () => {
  const keys = keysOf('aes-256-gcm', 1, 7);

  it('name kind, suite, epoch and salt; new objects are sealed in the highest epoch', () => {
    const seal = beginSeal(keys, 'pack', SALT);
    const header = encodeHeader(seal, 'pack');
    expect(hex(header)).toBe(`43535031 01 00 0007 ${hex(SALT)}`.replaceAll(' ', ''));
    expect(openHeader(keys, 'pack', header, 'packs/x')).toEqual({ ...seal, salt: Uint8Array.from(SALT) });
    expect(openHeader(keys, 'pack', encodeHeader(beginSeal(keysOf('aes-256-gcm', 1), 'pack', SALT), 'pack'), 'packs/x').epoch).toBe(1);
  });

  const header = encodeHeader(beginSeal(keys, 'pack', SALT), 'pack');
  const changed = (at: number, value: number) => Buffer.concat([header.subarray(0, at), Buffer.of(value), header.subarray(at + 1)]);
  it.each([
    ['of another kind', encodeHeader(beginSeal(keys, 'index', SALT), 'index'), 'it is no pack'],
    ['of no kind', changed(0, 0), 'it is no pack'],
    ['of format 0', changed(3, 0x30), 'it is no pack'],
    ['of another suite', changed(4, 0), 'another suite'],
    ['of an unknown suite', changed(4, 9), 'another suite'],
    ['with something where zero should be', changed(5, 1), 'another suite'],
    ['of an epoch without key', changed(7, 2), 'key epoch 2'],
    ['that is cut off', header.subarray(0, 39), 'ends inside its header'],
  ])('one %s is refused', (_what, bytes, says) => {
    expect(() => openHeader(keys, 'pack', bytes, 'packs/x')).toThrow(expect.objectContaining(damaged(says)));
  });

  it('one of a newer format says so', () => {
    expect(() => openHeader(keys, 'pack', changed(3, 0x32), 'packs/x')).toThrow(
      expect.objectContaining({ code: 'vault/newer-version', message: expect.stringContaining('packs/x') }),
    );
  });
});

describe('whole objects', () => {
  it.each(['pack', 'index', 'commit', 'replica', 'lock'] satisfies ObjectKind[])('a %s opens as such, under its own name only', (kind) => {
    const keys = keysOf('xchacha20-poly1305', 3);
    const { salt, bytes } = sealObject(keys, kind, TEXT);
    const open = (as: ObjectKind, name: string) => openObject(keys, { kind: as, bytes, object: 'packs/x', salt: name });
    expect(hex(open(kind, salt))).toBe(hex(TEXT));
    expect(() => open(kind, 'f'.repeat(64))).toThrow(expect.objectContaining(damaged('under another name')));
    expect(() => open(kind === 'pack' ? 'index' : 'pack', salt)).toThrow(expect.objectContaining(damaged('it is no')));
  });

  it('two of them share neither salt nor bytes', () => {
    const keys = keysOf('aes-256-gcm', 1);
    const [a, b] = [sealObject(keys, 'commit', TEXT), sealObject(keys, 'commit', TEXT)];
    expect(a.salt).not.toBe(b.salt);
    expect(hex(a.bytes.subarray(40))).not.toBe(hex(b.bytes.subarray(40)));
  });
});

/** HChaCha20 as the draft describes it, to check the library by. */
function hchacha20(key: Buffer, nonce: Buffer): Buffer {
  const words = [Buffer.from('expand 32-byte k'), key, nonce].flatMap((part) =>
    Array.from({ length: part.length / 4 }, (_, at) => part.readUInt32LE(at * 4)),
  );
  const quarter = (a: number, b: number, c: number, d: number): void => {
    const mix = (to: number, from: number, other: number, by: number) => {
      words[to] = ((words[to] as number) + (words[from] as number)) >>> 0;
      const mixed = (words[other] as number) ^ (words[to] as number);
      words[other] = ((mixed << by) | (mixed >>> (32 - by))) >>> 0;
    };
    mix(a, b, d, 16);
    mix(c, d, b, 12);
    mix(a, b, d, 8);
    mix(c, d, b, 7);
  };
  for (let round = 0; round < 10; round++) {
    for (let at = 0; at < 4; at++) quarter(at, at + 4, at + 8, at + 12);
    for (let at = 0; at < 4; at++) quarter(at, 4 + ((at + 1) % 4), 8 + ((at + 2) % 4), 12 + ((at + 3) % 4));
  }
  const out = Buffer.alloc(32);
  [0, 1, 2, 3, 12, 13, 14, 15].forEach((word, at) => {
    out.writeUInt32LE(words[word] as number, at * 4);
  });
  return out;
}
