import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advanceVector, compareVectors, isVector, mergeVectors } from './causality.ts';

const A = 'a'.repeat(16);
const B = 'b'.repeat(16);
const actor = fc.constantFrom(A, B, 'c'.repeat(16));
const vector = fc
  .array(fc.tuple(actor, fc.integer({ min: 1, max: 4 })), { minLength: 1, maxLength: 4 })
  .map((ticks) => ticks.reduce<string | undefined>((text, [by, at]) => advanceVector(text, by, at), undefined) as string);

describe('version vectors', () => {
  it.each([
    [`${A}:1`, `${A}:1`, 'equal'],
    [`${A}:1`, `${A}:2`, 'before'],
    [`${A}:2`, `${A}:1`, 'after'],
    [`${A}:1`, `${A}:1,${B}:1`, 'before'],
    [`${A}:2`, `${A}:1,${B}:1`, 'concurrent'],
    [`${A}:1`, `${B}:1`, 'concurrent'],
  ] as const)('%s against %s is %s', (a, b, order) => {
    expect(compareVectors(a, b)).toBe(order);
  });

  it('a merge knows what both know, in one spelling whoever merges', () => {
    fc.assert(
      fc.property(vector, vector, (a, b) => {
        const merged = mergeVectors(a, b) as string;
        expect(merged).toBe(mergeVectors(b, a));
        expect(isVector(merged)).toBe(true);
        for (const part of [a, b]) expect(['equal', 'after']).toContain(compareVectors(merged, part));
        const order = compareVectors(a, b);
        expect(merged === a).toBe(order === 'equal' || order === 'after');
      }),
    );
  });

  it('a change comes after what it changed, and two changes apart are concurrent', () => {
    fc.assert(
      fc.property(vector, (base) => {
        const [left, right] = [advanceVector(base, 'd'.repeat(16), 1), advanceVector(base, 'e'.repeat(16), 1)];
        expect(compareVectors(left, base)).toBe('after');
        expect(compareVectors(left, right)).toBe('concurrent');
      }),
    );
  });

  it('a counter never falls behind the clock that it is given', () => {
    expect(advanceVector(`${A}:5`, A, 3)).toBe(`${A}:6`);
    expect(advanceVector(`${A}:5`, A, 900)).toBe(`${A}:900`);
  });

  it.each(['', `${A}:0`, `${A}:1,`, `${B}:1,${A}:1`, `${A}:1,${A}:2`, `${A}:9007199254740993`, 'A:1', `${A}:01`])('%j is none', (text) => {
    expect(isVector(text)).toBe(false);
  });
});
