import { Random } from '../random.ts';
import type { VaultSimulationFailure } from './vault-failure.ts';
import type { VaultPlant } from './vault-plants.ts';
import { runVaultRound, type VaultRoundOutcome } from './vault-round.ts';
import { VaultTally } from './vault-tally.ts';

export interface VaultSimulationOptions {
  readonly seed: number;
  readonly rounds: number;
  readonly firstRound?: number;
  readonly plant?: VaultPlant | undefined;
  /** Told after each round. */
  readonly onRound?: (round: number, outcome: VaultRoundOutcome) => void;
  /** Stops after this many failures. Default 1. */
  readonly failuresMax?: number;
}

export interface FailedVaultRound {
  readonly round: number;
  readonly failure: VaultSimulationFailure;
  readonly outcome: VaultRoundOutcome;
}

export interface VaultSimulationResult {
  readonly tally: VaultTally;
  readonly failures: readonly FailedVaultRound[];
}

/** A round depends on nothing but its seed and its number: any of them can be run again alone. */
export function vaultRoundRandom(seed: number, round: number): Random {
  return new Random(seed).fork(`vault round ${round}`);
}

/** Runs many rounds, one after the other. */
export async function simulateVaults(options: VaultSimulationOptions): Promise<VaultSimulationResult> {
  const { seed, rounds, firstRound = 1, plant, onRound, failuresMax = 1 } = options;
  const tally = new VaultTally();
  const failures: FailedVaultRound[] = [];
  for (let round = firstRound; round < firstRound + rounds && failures.length < failuresMax; round++) {
    const outcome = await runVaultRound({ random: vaultRoundRandom(seed, round), tally, plant });
    onRound?.(round, outcome);
    if (outcome.failure !== undefined) failures.push({ round, failure: outcome.failure, outcome });
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { tally, failures };
}
