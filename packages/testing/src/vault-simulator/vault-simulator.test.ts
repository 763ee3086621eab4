import { describe, expect, it } from 'vitest';
import { simulate } from '../simulation/simulate.ts';
import { vaultSimulator } from './vault-simulator.ts';

const SEED = 20261121;
const ROUNDS = 60;

describe('the simulator of vaults', () => {
  it('runs some rounds and finds nothing, although everything happened', async () => {
    const { failures, tally } = await simulate(vaultSimulator(), { seed: SEED, rounds: ROUNDS });
    expect(failures.map(({ round, failure }) => `round ${round}: ${failure.message}`)).toEqual([]);
    expect(tally.rounds).toBe(ROUNDS);
    expect(tally.deaths).toBeGreaterThan(ROUNDS);
    expect(tally.runsBesideOthers).toBeGreaterThan(ROUNDS);
    for (const count of [tally.powerCuts, tally.prunes, tally.roundsOfOneUser]) expect(count).toBeGreaterThan(5);
    // A fault that never fired proves nothing.
    for (const code of ['storage/unreachable', 'storage/changed']) expect(tally.errors[code], code).toBeGreaterThan(0);
    for (const kind of ['both-changed', 'deleted-and-edited']) expect(tally.conflicts[kind], kind).toBeGreaterThan(0);
    for (const type of ['UPLOAD_NEW', 'DOWNLOAD_UPDATE', 'DELETE_SOURCE', 'RENAME_DESTINATION'])
      expect(tally.actions[type], type).toBeGreaterThan(0);
  });
});
