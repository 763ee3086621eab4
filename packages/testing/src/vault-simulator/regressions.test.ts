import { describe, expect, it } from 'vitest';
import { runRound } from '../simulation/simulate.ts';
import { vaultSimulator } from './vault-simulator.ts';

/** Rounds that once failed, each with what it found; they must stay clean. */
const FOUND: readonly (readonly [seed: number, round: number, what: string])[] = [
  [20261121, 3421, 'a deleted folder came back for a file in it, and stayed when that went too: it had got a cause of its own'],
  [20261123, 3907, 'the same'],
  [20261123, 5976, 'two vaults forgot a deletion that they had acknowledged, while a third still gave what was deleted to one of them'],
  [20261123, 2688, 'a file was moved back out of a renamed folder, and the rename carried it along at the other side'],
];

describe('rounds with vaults that once failed stay clean', () => {
  for (const [seed, round, what] of FOUND) {
    it(`seed ${seed}, round ${round}: ${what}`, async () => {
      const { failure } = await runRound(vaultSimulator(), { seed, round });
      expect(failure?.message).toBeUndefined();
    });
  }
});
