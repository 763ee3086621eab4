import { describe, expect, it } from 'vitest';
import { simulate } from '../simulation/simulate.ts';
import { LIVE_CHECKS } from './live-failure.ts';
import { liveSimulator } from './live-simulator.ts';
import { PLANTED_LIVE_BUGS } from './planted-live-bugs.ts';

const ROUNDS_MAX = 60;

describe('every check of the live simulator can fail', () => {
  for (const plant of PLANTED_LIVE_BUGS) {
    it(`${plant.check}: ${plant.bug}`, async () => {
      // One bug can fail more than one check; this one must be among those that it fails.
      const found = new Set<string>();
      for (let seed = 1, rounds = 0; rounds < ROUNDS_MAX && !found.has(plant.check); seed++) {
        const { failures, tally } = await simulate(liveSimulator({ plant }), { seed, rounds: ROUNDS_MAX - rounds });
        rounds += tally.rounds;
        for (const { failure } of failures) found.add(failure.check);
      }
      expect([...found]).toContain(plant.check);
    });
  }

  it('no check is without a planted bug', () => {
    expect(new Set(PLANTED_LIVE_BUGS.map(({ check }) => check))).toEqual(new Set(LIVE_CHECKS));
  });
});
