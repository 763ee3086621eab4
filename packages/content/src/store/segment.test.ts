import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSegment, encodeSegment, SEGMENT_BYTES } from './segment.ts';
import { noise } from './store.test.support.ts';

const TEXT = Buffer.alloc(SEGMENT_BYTES, 'the quick brown fox jumps over the lazy dog, and so on. ');

describe('segments', () => {
  it.each([
    ['text', TEXT, 1],
    ['a little text', TEXT.subarray(0, 3000), 1],
    ['one byte', TEXT.subarray(0, 1), 0],
    ['noise', noise(1, SEGMENT_BYTES), 0],
    ['a little noise', noise(1, 3000), 0],
    ['noise with text in it', Buffer.concat([noise(1, SEGMENT_BYTES - 100_000), TEXT.subarray(0, 100_000)]), 1],
  ])('%s comes back', (_what, raw, codec) => {
    const encoded = encodeSegment(raw);
    expect(encoded.codec).toBe(codec);
    expect(encoded.bytes.length).toBeLessThanOrEqual(raw.length);
    expect(Buffer.compare(decodeSegment(encoded, raw.length, 'packs/x'), raw)).toBe(0);
  });

  it('any bytes come back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 5000 }), fc.nat(40), (bytes, times) => {
        const raw = Buffer.concat(Array.from({ length: times + 1 }, () => bytes));
        expect(Buffer.compare(decodeSegment(encodeSegment(raw), raw.length, 'packs/x'), raw)).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  it('a bomb is stopped at the length that was announced', () => {
    const bomb = zstdCompressSync(Buffer.alloc(200 * 2 ** 20));
    expect(bomb.length).toBeLessThan(100_000);
    const before = process.memoryUsage().external;
    expect(() => decodeSegment({ codec: 1, bytes: bomb }, 1000, 'packs/x')).toThrow(
      expect.objectContaining({ code: 'content/damaged', path: 'packs/x' }),
    );
    expect(process.memoryUsage().external - before).toBeLessThan(64 * 2 ** 20);
  });

  it.each([
    ['less than was announced', zstdCompressSync(TEXT.subarray(0, 999)), 1],
    ['nothing', Buffer.alloc(0), 1],
    ['no zstd frame', noise(1, 500), 1],
    ['half a frame', zstdCompressSync(noise(1, 1000)).subarray(0, 500), 1],
    ['plain bytes of another length', Buffer.alloc(999), 0],
  ] as const)('%s is damage', (_what, bytes, codec) => {
    expect(() => decodeSegment({ codec, bytes }, 1000, 'packs/x')).toThrow(expect.objectContaining({ code: 'content/damaged' }));
  });
});
