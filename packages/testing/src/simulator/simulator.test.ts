import { describe, expect, it } from 'vitest';
import { runRound, simulate } from '../simulation/simulate.ts';
import { pairSimulator } from './pair-simulator.ts';

const SEED = 20261121;
const ROUNDS = 400;

describe('the simulator', () => {
  it('runs a few hundred rounds and finds nothing, although everything happened', async () => {
    const { failures, tally } = await simulate(pairSimulator(), { seed: SEED, rounds: ROUNDS });
    expect(failures.map(({ round, failure }) => `round ${round}: ${failure.message}`)).toEqual([]);
    expect(tally.rounds).toBe(ROUNDS);
    // A fault that never fired proves nothing.
    for (const [kind, count] of Object.entries(tally.faults)) expect(count, kind).toBeGreaterThan(0);
    expect(tally.deaths).toBeGreaterThan(ROUNDS / 4);
    expect(tally.certainIntents).toBeGreaterThan(ROUNDS / 2);
    for (const count of [tally.powerCuts, tally.lostChanges, tally.cancels, tally.guardStops, tally.otherDisks, tally.damagedStates]) {
      expect(count).toBeGreaterThan(0);
    }
    expect(Object.keys(tally.actions).sort()).toEqual([
      'DELETE_DESTINATION',
      'DELETE_SOURCE',
      'DOWNLOAD_NEW',
      'DOWNLOAD_RESTORE',
      'DOWNLOAD_UPDATE',
      'RENAME_DESTINATION',
      'RENAME_SOURCE',
      'UPLOAD_NEW',
      'UPLOAD_RESTORE',
      'UPLOAD_UPDATE',
    ]);
    const conflicts = Object.keys(tally.conflicts).map((name) => name.split(' ')[0]);
    expect(new Set(conflicts)).toEqual(new Set(['both-changed', 'deleted-and-edited', 'folder-and-file', 'renamed-differently']));
  });

  it('does the same for the same seed, to the last operation, and something else for another', async () => {
    const digests = async (seed: number): Promise<string[]> => {
      const traces: string[] = [];
      await simulate(pairSimulator(), { seed, rounds: 40, onRound: ({ trace }) => void traces.push(trace.digest) });
      return traces;
    };
    const first = await digests(7);
    expect(await digests(7)).toEqual(first);
    expect(await digests(8)).not.toEqual(first);
    // Any round can be run alone.
    const alone = await runRound(pairSimulator(), { seed: 7, round: 23 });
    expect(alone.trace.digest).toBe(first[22]);
  });

  it('kills the engine at every single step of a first sync, and the next run finishes the job', async () => {
    for (let round = 1; round <= 6; round++) {
      let reached = true;
      for (let diesAtStep = 1; reached; diesAtStep++) {
        const simulator = pairSimulator({ diesAtStep });
        const tally = simulator.newTally();
        const outcome = await runRound(simulator, { seed: SEED, round, tally });
        expect(outcome.failure?.message, `round ${round}, death at step ${diesAtStep}`).toBeUndefined();
        reached = tally.deaths > 0;
      }
    }
  });
});
