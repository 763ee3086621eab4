import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { Chunker } from './chunker.ts';
import { chunkerConstants } from './keyed-constants.ts';
import { SAMPLES } from './sample-data.test.support.ts';

const KEYS = { public: undefined, keyed: Uint8Array.from({ length: 32 }, (_, index) => index) };

/** Key, content, number of chunks, where the first three end, digest of all ends in decimal, one a line. Format 1: these never change. */
const GOLDEN: readonly (readonly [keyof typeof KEYS, string, number, readonly number[], string])[] = [
  ['public', 'random', 30, [35288, 66672, 132407], 'dc9c238c08af109a028ed23242f17ede'],
  ['public', 'zeros', 5, [262144, 524288, 786432], '8cd186fee19da6a00964710b09f8894d'],
  ['public', 'one byte value', 4, [262144, 524288, 786432], 'f09b9f817ae911343565a6413b59b163'],
  ['public', 'period of 7', 4, [262144, 524288, 786432], 'f09b9f817ae911343565a6413b59b163'],
  ['public', 'period of 4,096', 4, [262144, 524288, 786432], 'f09b9f817ae911343565a6413b59b163'],
  ['public', 'two byte values', 29, [111927, 183881, 252482], 'a22cc3fe84e74555bd9ad3af63762d2e'],
  ['public', 'text', 27, [68804, 110266, 200342], 'cfca3b2e76544302167183de4161bef7'],
  ['public', 'records', 30, [85647, 170749, 243729], 'f97c6ead3469551504f083098dbb4e0f'],
  ['keyed', 'random', 29, [64417, 136024, 233777], 'a598a85233bf078635c92417cdbab121'],
  ['keyed', 'zeros', 5, [262144, 524288, 786432], '8cd186fee19da6a00964710b09f8894d'],
  ['keyed', 'one byte value', 4, [262144, 524288, 786432], 'f09b9f817ae911343565a6413b59b163'],
  ['keyed', 'period of 7', 4, [262144, 524288, 786432], 'f09b9f817ae911343565a6413b59b163'],
  ['keyed', 'period of 4,096', 4, [262144, 524288, 786432], 'f09b9f817ae911343565a6413b59b163'],
  ['keyed', 'two byte values', 28, [90749, 163388, 236344], 'fee9782f2d50321b31bb75429d66b289'],
  ['keyed', 'text', 29, [65653, 156487, 238153], 'fabfef1b7861de36f94c40c8e731d84e'],
  ['keyed', 'records', 30, [84937, 154214, 228347], 'd7a72e506ab9263d56f838b12e34bb71'],
];

it.each(GOLDEN)('%s cuts of %s are where they always were', (key, sample, count, first, digest) => {
  for (const engine of ['kernel', 'plain'] as const) {
    const chunker = new Chunker({ constants: chunkerConstants(KEYS[key]), engine });
    const ends = [...chunker.push(SAMPLES[sample]?.() as Uint8Array), ...chunker.end()];
    expect([ends.length, ends.slice(0, 3)]).toEqual([count, first]);
    expect(createHash('sha256').update(ends.join('\n')).digest('hex').slice(0, 32)).toBe(digest);
  }
});

it('the constants of a key are where they always were', () =>
  expect(chunkerConstants(KEYS.keyed)).toEqual({
    start: 346409192107319996n,
    factors: [5886468223437735923n, 7506797307737528455n, 16172733777003639703n, 7627534408812375417n],
    multipliers: [53361, 2691, 42487],
  }));
