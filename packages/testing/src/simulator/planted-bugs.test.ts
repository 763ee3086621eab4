import { describe, expect, it } from 'vitest';
import { simulate } from '../simulation/simulate.ts';
import { CHECKS } from './failure.ts';
import { pairSimulator } from './pair-simulator.ts';
import { PLANTED_BUGS } from './planted-bugs.ts';

const ROUNDS_MAX = 3000;

describe('every check of the simulator can fail', () => {
  for (const plant of PLANTED_BUGS) {
    it(`${plant.check}: ${plant.bug}`, async () => {
      // One bug can fail more than one check; this one must be among those that it fails.
      const found = new Set<string>();
      for (let seed = 1, rounds = 0; rounds < ROUNDS_MAX && !found.has(plant.check); seed++) {
        const { failures, tally } = await simulate(pairSimulator({ plant }), { seed, rounds: ROUNDS_MAX - rounds });
        rounds += tally.rounds;
        for (const { failure } of failures) found.add(failure.check);
      }
      expect(found).toContain(plant.check);
    });
  }

  it('no check is without a planted bug', () => {
    expect(new Set(PLANTED_BUGS.map(({ check }) => check))).toEqual(new Set(CHECKS));
  });
});
