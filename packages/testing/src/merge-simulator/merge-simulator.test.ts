import type { MergeBases, Side } from '@cloudsync/engine';
import { describe, expect, it } from 'vitest';
import { simulate } from '../simulation/simulate.ts';
import type { Disk } from '../strict-storage/disk.ts';
import { mergeSimulator } from './merge-simulator.ts';

const SEED = 20261121;
const ROUNDS = 200;
const TIMEOUT_MS = 60_000;

describe('the simulator of merges', () => {
  it(
    'runs a few hundred rounds and loses no word, although everything happened',
    async () => {
      const { failures, tally } = await simulate(mergeSimulator(), { seed: SEED, rounds: ROUNDS, failuresMax: ROUNDS });
      expect(failures.map(({ round, failure }) => `seed ${SEED}, round ${round}: ${failure.message}`)).toEqual([]);
      expect(tally.merged).toBeGreaterThan(ROUNDS / 2);
      expect(tally.keptBoth).toBeGreaterThan(ROUNDS / 4);
      expect(tally.deaths).toBeGreaterThan(ROUNDS / 2);
      expect(tally.powerCuts).toBeGreaterThan(ROUNDS / 10);
      expect(tally.resumed).toBeGreaterThan(ROUNDS / 50);
      expect(tally.faults).toBeGreaterThan(ROUNDS / 2);
    },
    TIMEOUT_MS,
  );

  it('does the same for the same seed', async () => {
    const lines = async (): Promise<string[]> => {
      const all: string[] = [];
      await simulate(mergeSimulator(), { seed: SEED, rounds: 5, onRound: ({ trace }) => void all.push(...trace.lines) });
      return all;
    };
    expect(await lines()).toEqual(await lines());
  });

  it(
    'finds a planted bug: a base that is not what was agreed on',
    async () => {
      const lying = (disks: Readonly<Record<Side, Disk>>): MergeBases => ({
        read: async (hashes) => {
          const edited = [...disks.destination.all()].map(({ node }) => (node.kind === 'file' ? node.bytes : new Uint8Array()));
          return new Map([...hashes].map((hash) => [hash, edited[0] ?? new Uint8Array()]));
        },
      });
      const { failures } = await simulate(mergeSimulator({ bases: lying }), { seed: SEED, rounds: ROUNDS });
      expect(failures[0]?.failure.check).toBe('nothing lost');
      expect(failures).toHaveLength(1);
    },
    TIMEOUT_MS,
  );
});
