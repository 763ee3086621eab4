import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PlannedIndex, planIndexes } from './index-plan.ts';

const pack = (salt: string, bytes = 100) => ({ salt, bytes });
const index = (name: string, ...salts: string[]): PlannedIndex => ({ name, packs: salts.map((salt) => pack(salt)) });
const none: ReadonlySet<string> = new Set();

describe('planning index objects', () => {
  it.each([
    ['nothing new: nothing is written', [index('i', 'a')], [], [], { keep: ['i'], write: [] }],
    ['nothing at all', [], [], [], { keep: [], write: [] }],
    ['the first packs', [], ['a', 'b'], [], { keep: [], write: [['a', 'b']] }],
    ['a small one is merged', [index('i', 'a')], ['b'], [], { keep: [], write: [['b', 'a']] }],
    ['a large one is left', [index('i', 'a', 'b', 'c')], ['d'], [], { keep: ['i'], write: [['d']] }],
    [
      'smaller ones pull in larger ones',
      [index('large', 'a', 'b', 'c', 'd'), index('small', 'e')],
      ['f'],
      [],
      { keep: [], write: [['f', 'e', 'a', 'b', 'c', 'd']] },
    ],
    [
      'a pack goes: only its index object is written again',
      [index('i', 'a', 'b'), index('j', ...'cdefghij')],
      [],
      ['a'],
      { keep: ['j'], write: [['b']] },
    ],
    ['all packs go', [index('i', 'a', 'b')], [], ['a', 'b'], { keep: [], write: [] }],
    ['a new pack that goes at once', [], ['a'], ['a'], { keep: [], write: [] }],
    ['a pack that another index object names already', [index('i', ...'abcdefgh')], ['a', 'x'], [], { keep: ['i'], write: [['x']] }],
  ])('%s', (_what, inForce, fresh, without, plan) => {
    expect(planIndexes({ inForce, fresh: fresh.map((salt) => pack(salt)), without: new Set(without) })).toEqual(plan);
  });

  it('no object grows past 16 MiB, and large ones are not written again and again', () => {
    const mib = 2 ** 20;
    const large = { name: 'large', packs: [pack('a', 15 * mib)] };
    expect(planIndexes({ inForce: [large], fresh: [pack('b', 8 * mib)], without: none })).toEqual({ keep: ['large'], write: [['b']] });
    const { write } = planIndexes({ inForce: [], fresh: Array.from({ length: 10 }, (_, at) => pack(`${at}`, 5 * mib)), without: none });
    expect(write).toEqual([['0', '1', '2'], ['3', '4', '5'], ['6', '7', '8'], ['9']]);
  });

  it('after any commits each pack that stays is named once, and few objects are in force', () => {
    const commit = fc.record({ packs: fc.integer({ min: 0, max: 4 }), prune: fc.boolean() });
    fc.assert(
      fc.property(fc.array(commit, { maxLength: 120 }), (commits) => {
        let inForce: PlannedIndex[] = [];
        const present = new Set<string>();
        let made = 0;
        for (const { packs, prune } of commits) {
          const fresh = Array.from({ length: packs }, () => pack(`p${made++}`));
          const without = new Set(prune ? [...present].filter((_, at) => at % 3 === 0) : []);
          const plan = planIndexes({ inForce, fresh, without });
          for (const { salt } of fresh) present.add(salt);
          for (const salt of without) present.delete(salt);
          const kept = inForce.filter(({ name }) => plan.keep.includes(name));
          inForce = [...kept, ...plan.write.map((salts) => ({ name: `i${made++}`, packs: salts.map((salt) => pack(salt)) }))];
          expect(inForce.flatMap((each) => each.packs.map(({ salt }) => salt)).sort()).toEqual([...present].sort());
          expect(inForce.length).toBeLessThanOrEqual(Math.max(1, Math.ceil(Math.log2(present.size + 1)) + 1));
        }
      }),
      { numRuns: 100 },
    );
  });
});
