import { describe, expect, it } from 'vitest';
import { runRound } from '../simulation/simulate.ts';
import { CALM, type LiveScenario } from './live-scenario.ts';
import { liveSimulator } from './live-simulator.ts';

const PLAIN: LiveScenario = { devices: 3, conflictResolution: 'keep-both', phases: 2, delayMs: 1, skewMs: 0, trouble: CALM };
const RESTORED: LiveScenario = { ...PLAIN, devices: 2, trouble: { ...CALM, restore: 0.4, 'kill-device': 0.5, 'kill-server': 0.1 } };
const SLOW: LiveScenario = { ...PLAIN, delayMs: 400, trouble: { ...CALM, cut: 0.6, 'kill-device': 0.3, 'kill-server': 0.1 } };
const RIGHTS: LiveScenario = { ...PLAIN, phases: 1, trouble: { ...CALM, rights: 0.5, cut: 0.1, 'kill-device': 0.1, 'kill-server': 0.1 } };

/** Rounds that found a bug, with what it was. */
const FOUND: readonly (readonly [scenario: LiveScenario, seed: number, round: number, what: string])[] = [
  [RESTORED, 1, 9, 'a killed device forgot how far the journal had gone, and took what a restored server lacks for deleted'],
  [RESTORED, 1, 33, 'the same, with a change that could not be made any more'],
  [SLOW, 1, 43, 'rows pushed in the turn of the last page of changes were laid below it, and the cursor went back'],
  [RIGHTS, 2, 3, 'what came into a member’s view ended what the server told him'],
  [RIGHTS, 3, 12, 'the same'],
];

describe('rounds of the live simulator that once failed stay clean', () => {
  for (const [scenario, seed, round, what] of FOUND) {
    it(`seed ${seed}, round ${round}: ${what}`, async () => {
      const { failure } = await runRound(liveSimulator({ scenario }), { seed, round });
      expect(failure?.message).toBeUndefined();
    });
  }
});
