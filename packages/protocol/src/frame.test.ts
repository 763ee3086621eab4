import { readFileSync } from 'node:fs';
import { SyncError } from '@cloudsync/engine';
import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame, type Frame } from './frame.ts';
import { encodeHex } from './hex.ts';
import { LIMITS } from './limits.ts';

const pack = (value: unknown): Uint8Array => new Packr({ useRecords: false }).pack(value);

function codeOf(bytes: Uint8Array): string {
  try {
    decodeFrame(bytes);
    return 'understood';
  } catch (error) {
    return SyncError.is(error) ? error.code : String(error);
  }
}

describe('frames', () => {
  it('come out as they went in', () => {
    const json = fc.jsonValue({ maxDepth: 3 }).filter((value) => !JSON.stringify(value).includes('__proto__'));
    const frame: fc.Arbitrary<Frame> = fc.oneof(
      fc.record({ type: fc.constant('request' as const), id: fc.nat(), method: fc.string({ maxLength: 20 }), params: json }),
      fc.record({ type: fc.constant('result' as const), id: fc.nat(), result: json }),
      fc.record({ type: fc.constant('error' as const), id: fc.nat(), code: fc.string({ maxLength: 20 }), message: fc.string() }),
      fc.record({ type: fc.constant('push' as const), name: fc.string({ maxLength: 20 }), push: json }),
      fc.constantFrom<Frame>({ type: 'ping' }, { type: 'pong' }),
    );
    fc.assert(
      fc.property(frame, (one) => {
        // JSON knows no -0, and MessagePack does.
        expect(JSON.stringify(decodeFrame(encodeFrame(one)))).toBe(JSON.stringify(one));
      }),
    );
  });

  it('bytes, large numbers and times come out as they went in; fields that are undefined are left out', () => {
    const params = { bytes: Uint8Array.of(1, 2, 255), large: 2 ** 53 - 1, timeMs: -1_700_000_000_123.456, none: undefined };
    const frame = decodeFrame(encodeFrame({ type: 'request', id: 1, method: 'a', params }));
    const { none, ...rest } = params;
    expect(frame).toMatchObject({ params: { ...rest, bytes: expect.any(Uint8Array) } });
    expect([...(frame as { params: { bytes: Uint8Array } }).params.bytes]).toEqual([1, 2, 255]);
    expect(none).toBeUndefined();
  });

  it('whatever arrives, it is a frame or server/invalid', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(['understood', 'server/invalid', 'server/too-large']).toContain(codeOf(bytes));
      }),
    );
  });

  it('a frame with bytes changed or cut off is a frame or server/invalid', () => {
    const whole = encodeFrame({
      type: 'request',
      id: 7,
      method: 'commit',
      params: { changes: [{ path: 'a', base: 0 }], inline: [new Uint8Array(20)] },
    });
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), (at, byte, length) => {
        const bytes = whole.slice(0, length);
        bytes[at] = byte;
        expect(['understood', 'server/invalid', 'server/too-large']).toContain(codeOf(bytes));
      }),
    );
  });

  it('what would take more than it should is refused before it is made', () => {
    let deep: unknown = 1;
    for (let depth = 0; depth <= LIMITS.depthMax; depth++) deep = [deep];
    expect(codeOf(pack(deep))).toBe('server/invalid');
    expect(codeOf(pack([2, 1, new Array(LIMITS.itemsMax).fill(0)]))).toBe('server/too-large');
    expect(codeOf(new Uint8Array(LIMITS.frameBytesMax + 1))).toBe('server/too-large');
    // Arrays, maps, text and bytes that say they have four thousand million.
    for (const type of [0xdd, 0xdf, 0xdb, 0xc6]) expect(codeOf(Uint8Array.of(0x93, 2, 1, type, 255, 255, 255, 255))).toBe('server/invalid');
    expect(codeOf(Uint8Array.of(0x93, 2, 1, 0xd4, 0, 0))).toBe('server/invalid');
    expect(codeOf(Uint8Array.of(0x91, 5, 0))).toBe('server/invalid');
    expect(codeOf(Uint8Array.of(0x91, 5))).toBe('understood');
  });

  it('a text that is not UTF-8 is refused, not mended: a lone surrogate, a byte that begins nothing', () => {
    for (const text of [
      [0xa3, 0xed, 0xa0, 0x80],
      [0xa1, 0xff],
      [0xd9, 1, 0xc3],
    ])
      expect(codeOf(Uint8Array.of(0x93, 2, 1, ...text))).toBe('server/invalid');
    const [key, long] = ['ü'.repeat(20), 'ü'.repeat(100)];
    expect(decodeFrame(encodeFrame({ type: 'push', name: 'a', push: { [key]: long } }))).toMatchObject({ push: { [key]: long } });
  });

  it('is the bytes of the worked example in docs/formats/wire.md', () => {
    const params = { workspace: 'ws_1', cursor: '00112233445566aa:0:0', limit: 2 };
    const page = readFileSync(new URL('../../../docs/formats/wire.md', import.meta.url), 'utf8');
    const hex = encodeHex(encodeFrame({ type: 'request', id: 7, method: 'changes', params }));
    expect(page.slice(page.indexOf('## Worked example')).replaceAll(/\s/g, '')).toContain(hex);
  });
});
