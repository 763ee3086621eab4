import { describe, expect, it } from 'vitest';
import { simulate } from '../simulation/simulate.ts';
import { PLANTED_VAULT_BUGS } from './planted-vault-bugs.ts';
import { VAULT_CHECKS } from './vault-failure.ts';
import { vaultSimulator } from './vault-simulator.ts';

const ROUNDS_MAX = 400;

describe('every check of the simulator of vaults can fail', () => {
  for (const plant of PLANTED_VAULT_BUGS) {
    it(`${plant.check}: ${plant.bug}`, async () => {
      // One bug can fail more than one check; this one must be among those that it fails.
      const found = new Set<string>();
      for (let seed = 1, rounds = 0; rounds < ROUNDS_MAX && !found.has(plant.check); seed++) {
        const { failures, tally } = await simulate(vaultSimulator({ plant }), { seed, rounds: ROUNDS_MAX - rounds });
        rounds += tally.rounds;
        for (const { failure } of failures) found.add(failure.check);
      }
      expect([...found]).toContain(plant.check);
    });
  }

  it('no check is without a planted bug', () => {
    expect(new Set(PLANTED_VAULT_BUGS.map(({ check }) => check))).toEqual(new Set(VAULT_CHECKS));
  });
});
