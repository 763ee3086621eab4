import type { SimulatorArguments } from '../simulator/command-line.ts';
import { runVaultRound } from './vault-round.ts';
import { simulateVaults, vaultRoundRandom } from './vault-simulation.ts';
import { VaultTally } from './vault-tally.ts';

const LAST_LINES = 40;
const PROGRESS_ROUNDS = 500;

/** `npm run sim -- --vaults`. @returns whether everything was clean */
export async function simulateVaultsFromCommandLine(options: SimulatorArguments, print: (text: string) => void): Promise<boolean> {
  return options.round === undefined ? runMany(options, print) : runOne(options, options.round, print);
}

async function runOne({ seed, skip, verbose }: SimulatorArguments, round: number, print: (text: string) => void): Promise<boolean> {
  const outcome = await runVaultRound({ random: vaultRoundRandom(seed, round), tally: new VaultTally(), skip });
  if (verbose) print([JSON.stringify(outcome.scenario), ...outcome.trace.lines].join('\n'));
  print(`vaults, seed ${seed}, round ${round}: ${outcome.failure?.message ?? 'clean'}`);
  return outcome.failure === undefined;
}

async function runMany({ seed, rounds, keepGoing }: SimulatorArguments, print: (text: string) => void): Promise<boolean> {
  const started = performance.now();
  const { tally, failures } = await simulateVaults({
    seed,
    rounds,
    failuresMax: keepGoing ? Number.POSITIVE_INFINITY : 1,
    onRound: (round, { failure, trace }) => {
      if (failure !== undefined) {
        print(`FAILED vaults, seed ${seed}, round ${round}: ${failure.message}`);
        for (const line of trace.lines.slice(-LAST_LINES)) print(`  ${line}`);
        print(`replay: npm run sim -- --vaults --seed ${seed} --round ${round} --verbose`);
      } else if (round % PROGRESS_ROUNDS === 0) print(`… ${round} rounds`);
    },
  });
  print(tally.report);
  const perRound = ((performance.now() - started) / tally.rounds).toFixed(1);
  print(`vaults, seed ${seed}: ${tally.rounds} rounds, ${tally.runs} runs, ${failures.length} failures, ${perRound} ms a round`);
  return failures.length === 0;
}
