import { describe, expect, it } from 'vitest';
import { parseArguments } from './command-line.ts';
import { runRound } from './round.ts';
import { shrink } from './shrink.ts';
import { roundRandom, simulate } from './simulation.ts';
import { Tally } from './tally.ts';

const SEED = 20261121;
const ROUNDS = 400;

describe('the simulator', () => {
  it('runs a few hundred rounds and finds nothing, although everything happened', async () => {
    const { failures, tally } = await simulate({ seed: SEED, rounds: ROUNDS });
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
      await simulate({ seed, rounds: 40, onRound: (_, { trace }) => traces.push(trace.digest) });
      return traces;
    };
    const first = await digests(7);
    expect(await digests(7)).toEqual(first);
    expect(await digests(8)).not.toEqual(first);
    // Any round can be run alone.
    const alone = await runRound({ random: roundRandom(7, 23), tally: new Tally() });
    expect(alone.trace.digest).toBe(first[22]);
  });

  it('kills the engine at every single step of a first sync, and the next run finishes the job', async () => {
    for (let round = 1; round <= 6; round++) {
      let reached = true;
      for (let step = 1; reached; step++) {
        const outcome = await runRound({ random: roundRandom(SEED, round), tally: new Tally(), diesAtStep: step });
        expect(outcome.failure?.message, `round ${round}, death at step ${step}`).toBeUndefined();
        reached = outcome.reachedStep;
      }
    }
  });

  it('shrinks a failure to the choices that it needs', async () => {
    expect(await shrink({ seed: SEED, round: 1 })).toBeUndefined();
  });

  it('reads its arguments', () => {
    expect(parseArguments(['--seed', '5', '--rounds', '7', '--skip', '3,9'])).toMatchObject({ seed: 5, rounds: 7, skip: new Set([3, 9]) });
    expect(() => parseArguments(['--rounds', 'many'])).toThrow('--rounds needs a whole number');
    expect(() => parseArguments(['--unknown'])).toThrow();
  });
});
