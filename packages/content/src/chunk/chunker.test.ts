import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Chunker, type ChunkerOptions } from './chunker.ts';
import { type ChunkerConstants, PUBLIC_CONSTANTS } from './chunker-constants.ts';
import { type ChunkerParams, DEFAULT_CHUNKER } from './chunker-params.ts';
import { canRunKernel } from './kernel-finder.ts';
import { chunkerConstants } from './keyed-constants.ts';
import { randomBytesOf, SAMPLES } from './sample-data.test.support.ts';

const SMALL = { minimum: 512, average: 4096, maximum: 16384 };
const SEED = 20261121;

function cut(bytes: Uint8Array, options: ChunkerOptions = {}): number[] {
  const chunker = new Chunker(options);
  return [...chunker.push(bytes), ...chunker.end()];
}

function lengthsOf(ends: readonly number[]): number[] {
  return ends.map((end, at) => end - (ends[at - 1] ?? 0));
}

/** Bytes of every kind: random, few values, runs, repetitions. */
const content = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      fc.tuple(fc.nat(255), fc.nat(3000)).map(([byte, length]) => new Uint8Array(length).fill(byte)),
      fc.tuple(fc.string({ maxLength: 8 }), fc.nat(40_000)).map(([label, length]) => randomBytesOf(label, length)),
      fc.tuple(fc.string({ maxLength: 8 }), fc.nat(9000)).map(([label, length]) => randomBytesOf(label, length).map((byte) => byte & 3)),
    ),
    { maxLength: 8 },
  )
  .map((parts) => Buffer.concat(parts));

const key = fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 }), { nil: undefined });

it('the kernel runs here', () => expect(canRunKernel()).toBe(true));

describe('the kernel and its twin', () => {
  it('cut at the same places', () => {
    const property = fc.property(content, key, (bytes, secret) => {
      const options = { params: SMALL, constants: chunkerConstants(secret) };
      expect(cut(bytes, { ...options, engine: 'kernel' })).toEqual(cut(bytes, { ...options, engine: 'plain' }));
    });
    fc.assert(property, { seed: SEED, numRuns: 150 });
  });

  it.each(Object.keys(SAMPLES))('cut %s at the same places', (name) => {
    const bytes = SAMPLES[name]?.() as Uint8Array;
    for (const params of [SMALL, DEFAULT_CHUNKER]) {
      expect(cut(bytes, { params, engine: 'kernel' })).toEqual(cut(bytes, { params, engine: 'plain' }));
    }
  });
});

/** docs/formats/chunker.md, word for word. */
function cutAsDocumented(b: Uint8Array, params: ChunkerParams, { multipliers, start, factors }: ChunkerConstants): number[] {
  const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
  const rotl = (value: bigint, bits: bigint): bigint => u64(value << bits) | (value >> (64n - bits));
  const first = (e: number): number => {
    const c = (k: number): number => multipliers.reduce((product, m, bit) => ((k >> bit) & 1 ? product : (product * m) % 65_536), 1);
    const w = (k: number): number => (b[e - 2 - 2 * k] as number) + 256 * (b[e - 1 - 2 * k] as number);
    return [0, 1, 2, 3, 4, 5, 6, 7].reduce((sum, k) => (sum + w(k) * c(k)) % 65_536, 0);
  };
  const second = (e: number): bigint => {
    const x = (i: number): bigint => Buffer.from(b.subarray(e - 32 + 8 * i, e - 24 + 8 * i)).readBigUInt64LE();
    let h = u64((x(0) ^ start) * factors[0]);
    h = u64((rotl(h, 29n) ^ x(1)) * factors[1]);
    h = u64((rotl(h, 31n) ^ x(2)) * factors[2]);
    h = u64((rotl(h, 27n) ^ x(3)) * factors[3]);
    return h ^ (h >> 32n);
  };
  const ends: number[] = [];
  for (let s = 0; s < b.length; ) {
    const most = Math.min(params.maximum, b.length - s);
    let L = params.minimum;
    for (; L < most; L++) {
      const n = Math.log2(params.average) - (L < params.average ? 6 : 10);
      if (Math.floor(first(s + L) / 256) === 0x7f && second(s + L) >> BigInt(64 - n) === 0n) break;
    }
    s += Math.min(L, most);
    ends.push(s);
  }
  return ends;
}

it.each([undefined, randomBytesOf('a key', 32)])('both do what the format says (%#)', (secret) => {
  const constants = chunkerConstants(secret);
  for (const bytes of [randomBytesOf('documented', 100_000), randomBytesOf('few values', 60_000).map((byte) => byte & 1)]) {
    const ends = cutAsDocumented(bytes, SMALL, constants);
    for (const engine of ['kernel', 'plain'] as const) expect(cut(bytes, { params: SMALL, constants, engine })).toEqual(ends);
  }
});

describe('how the stream is split', () => {
  it.each(['kernel', 'plain'] as const)('makes no difference (%s)', (engine) => {
    const property = fc.property(content, fc.array(fc.nat(120_000), { maxLength: 12 }), (bytes, places) => {
      const options = { params: SMALL, engine };
      const splits = [0, ...places.filter((at) => at <= bytes.length).sort((a, b) => a - b), bytes.length];
      const chunker = new Chunker(options);
      const ends = splits.flatMap((from, index) => chunker.push(bytes.subarray(from, splits[index + 1])));
      expect([...ends, ...chunker.end()]).toEqual(cut(bytes, options));
    });
    fc.assert(property, { seed: SEED, numRuns: 150 });
  });

  it('makes no difference byte by byte', () => {
    const bytes = randomBytesOf('byte by byte', 40_000);
    const chunker = new Chunker({ params: SMALL });
    const ends = Array.from(bytes, (_, at) => chunker.push(bytes.subarray(at, at + 1))).flat();
    expect([...ends, ...chunker.end()]).toEqual(cut(bytes, { params: SMALL }));
  });

  it('a cut is told as soon as its byte is there', () => {
    const bytes = randomBytesOf('soon', 60_000);
    const [first] = cut(bytes, { params: SMALL }) as [number];
    const chunker = new Chunker({ params: SMALL });
    expect(chunker.push(bytes.subarray(0, first - 1))).toEqual([]);
    expect(chunker.push(bytes.subarray(first - 1, first))).toEqual([first]);
  });
});

describe('chunks', () => {
  it('keep to the minimum and maximum and add up to the stream', () => {
    const property = fc.property(content, key, (bytes, secret) => {
      const lengths = lengthsOf(cut(bytes, { params: SMALL, constants: chunkerConstants(secret) }));
      expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(bytes.length);
      for (const length of lengths.slice(0, -1)) expect(length).toBeGreaterThanOrEqual(SMALL.minimum);
      for (const length of lengths) expect(length).toBeLessThanOrEqual(SMALL.maximum);
    });
    fc.assert(property, { seed: SEED, numRuns: 100 });
  });

  it('an empty stream has none; one byte is one', () => {
    expect(cut(new Uint8Array(0))).toEqual([]);
    expect(cut(new Uint8Array(1))).toEqual([1]);
  });

  it.each([DEFAULT_CHUNKER.minimum - 1, DEFAULT_CHUNKER.minimum, DEFAULT_CHUNKER.minimum + 1])('of a stream of %d zeros: one', (length) =>
    expect(cut(new Uint8Array(length))).toEqual([length]),
  );

  it('of random bytes have about the average length', () => {
    const ends = cut(randomBytesOf('average', 8 << 20));
    const average = (8 << 20) / ends.length;
    expect(average).toBeGreaterThan(DEFAULT_CHUNKER.average);
    expect(average).toBeLessThan(1.3 * DEFAULT_CHUNKER.average);
  });

  it('the same content is cut the same after an insertion, but for a few chunks', () => {
    const before = randomBytesOf('before', 4 << 20);
    const after = Buffer.concat([before.subarray(0, 2_000_000), Buffer.from('inserted'), before.subarray(2_000_000)]);
    const known = new Set(lengthsOf(cut(before)).map((length, at, all) => `${length} ${all[at + 1]}`));
    const fresh = lengthsOf(cut(after)).filter((length, at, all) => !known.has(`${length} ${all[at + 1]}`));
    expect(fresh.length).toBeLessThanOrEqual(5);
  });

  it('a used chunker starts anew after end()', () => {
    const chunker = new Chunker({ params: SMALL });
    const bytes = randomBytesOf('again', 50_000);
    const first = [...chunker.push(bytes), ...chunker.end()];
    expect([...chunker.push(bytes), ...chunker.end()]).toEqual(first);
    expect(chunker.end()).toEqual([]);
  });
});

describe('a key', () => {
  it('moves the cuts', () => {
    const bytes = randomBytesOf('keyed', 1 << 20);
    const of = (first: number): number[] => cut(bytes, { constants: chunkerConstants(new Uint8Array(32).fill(first)) });
    expect(of(1)).not.toEqual(of(2));
    expect(of(1)).not.toEqual(cut(bytes));
    expect(of(1)).toEqual(of(1));
  });

  it('of another length is refused', () => expect(() => chunkerConstants(new Uint8Array(31))).toThrow('32 bytes, not 31'));

  it('none means the public constants', () => expect(chunkerConstants(undefined)).toBe(PUBLIC_CONSTANTS));
});

it.each([
  ['an average that is no power of two', { average: 60_000 }],
  ['an average of next to nothing', { minimum: 512, average: 1024, maximum: 4096 }],
  ['an average beyond a segment', { average: 1 << 20, maximum: 1 << 21 }],
  ['a minimum below the window', { minimum: 16 }],
  ['a minimum above the average', { minimum: 70_000 }],
  ['half a byte', { minimum: 16384.5 }],
  ['a maximum below the average', { maximum: 60_000 }],
  ['a maximum beyond a segment', { maximum: (1 << 20) + 1 }],
  ['no number', { maximum: Number.NaN }],
])('refuses %s', (_what, change) => {
  const params = { ...DEFAULT_CHUNKER, ...change };
  expect(() => new Chunker({ params })).toThrow(expect.objectContaining({ code: 'config/invalid' }));
});
