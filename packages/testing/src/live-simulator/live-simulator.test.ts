import { describe, expect, it } from 'vitest';
import { runRound, simulate } from '../simulation/simulate.ts';
import { TROUBLES } from './live-scenario.ts';
import { liveSimulator } from './live-simulator.ts';

const SEED = 20261121;
const ROUNDS = 100;

describe('the live simulator', () => {
  it('runs some rounds and finds nothing, although everything happened', async () => {
    const { failures, tally } = await simulate(liveSimulator(), { seed: SEED, rounds: ROUNDS });
    expect(failures.map(({ round, failure }) => `round ${round}: ${failure.message}`)).toEqual([]);
    expect(tally.rounds).toBe(ROUNDS);
    // A fault that never fired proves nothing.
    for (const trouble of [...TROUBLES, 'killed inside']) expect(tally.troubles[trouble], trouble).toBeGreaterThan(0);
    for (const count of [tally.acknowledged, tally.partialCycles, tally.connections]) expect(count).toBeGreaterThan(ROUNDS);
    for (const kind of ['both-changed', 'deleted-and-edited']) expect(tally.conflicts[kind], kind).toBeGreaterThan(0);
    for (const type of ['UPLOAD_NEW', 'UPLOAD_UPDATE', 'DOWNLOAD_UPDATE', 'DELETE_SOURCE', 'RENAME_SOURCE', 'RENAME_DESTINATION'])
      expect(tally.actions[type], type).toBeGreaterThan(0);
    for (const method of ['commit', 'changes', 'tree', 'missing', 'putChunks', 'declare', 'getChunks'])
      expect(tally.requests[method], method).toBeGreaterThan(0);
    expect(tally.errors['storage/unreachable']).toBeGreaterThan(0);
  });

  it('does the same again for the same seed', async () => {
    const digests = [];
    for (let time = 0; time < 2; time++) digests.push((await runRound(liveSimulator(), { seed: SEED, round: 3 })).trace.digest);
    expect(digests[0]).toBe(digests[1]);
  });
});
