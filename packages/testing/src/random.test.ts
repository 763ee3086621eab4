import { describe, expect, it } from 'vitest';
import { Random } from './random.ts';

describe('Random', () => {
  it('gives the same numbers for the same seed and others for another', () => {
    const draw = (seed: number): number[] => {
      const random = new Random(seed);
      return Array.from({ length: 20 }, () => random.next());
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(new Set(draw(1)).size).toBe(20);
    for (const value of draw(3)) expect(value >= 0 && value < 1).toBe(true);
  });

  it('forks streams that depend on the seed and the label only', () => {
    const drawn = new Random(7);
    for (let i = 0; i < 5; i++) drawn.next();
    expect(drawn.fork('a').next()).toBe(new Random(7).fork('a').next());
    expect(new Random(7).fork('a').next()).not.toBe(new Random(7).fork('b').next());
    expect(new Random(7).fork('a').next()).not.toBe(new Random(8).fork('a').next());
  });

  it('draws evenly: each of ten values about a tenth of the time', () => {
    const random = new Random(20_261_121);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 10_000; i++) counts[random.below(10)] = (counts[random.below(10)] ?? 0) + 1;
    for (const count of counts) expect(count).toBeGreaterThan(500);
  });

  it('keeps to its bounds and its weights', () => {
    const random = new Random(3);
    const seen = new Set(Array.from({ length: 200 }, () => random.between(2, 4)));
    expect([...seen].sort()).toEqual([2, 3, 4]);
    for (let i = 0; i < 100; i++) expect(random.weighted({ never: 0, always: 1 })).toBe('always');
    expect(random.sample([1, 2, 3], 5).sort()).toEqual([1, 2, 3]);
    expect(() => random.pick([])).toThrow(RangeError);
  });
});
