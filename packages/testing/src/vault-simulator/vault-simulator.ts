import type { Round, Simulator } from '../simulation/simulator.ts';
import type { VaultPlant } from './vault-plants.ts';
import { VaultRound } from './vault-round.ts';
import { drawVaultScenario } from './vault-scenario.ts';
import { VaultTally } from './vault-tally.ts';
import { VaultWorld } from './vault-world.ts';

/** Vaults as replicas of each other, and folders that hang on them. */
export function vaultSimulator({ plant }: { readonly plant?: VaultPlant | undefined } = {}): Simulator<VaultTally> {
  return { name: 'vaults', stream: 'vault round', newTally: () => new VaultTally(), play: (round) => play(round, plant) };
}

async function play(round: Round<VaultTally>, plant: VaultPlant | undefined): Promise<void> {
  const { random, trace } = round;
  const scenario = drawVaultScenario(random.fork('scenario'), plant?.scenario);
  trace.add(JSON.stringify(scenario));
  const world = await VaultWorld.make({ random: random.fork('world'), scenario, trace, plant });
  await new VaultRound(world, round).run();
}
