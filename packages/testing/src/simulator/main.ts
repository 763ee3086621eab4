import { closeSync, openSync, writeSync } from 'node:fs';
import process from 'node:process';
import { simulateMerges } from '../merge-simulator/merge-simulation.ts';
import { simulateVaultsFromCommandLine } from '../vault-simulator/vault-main.ts';
import { parseArguments, type SimulatorArguments, USAGE } from './command-line.ts';
import { type RoundOutcome, runRound } from './round.ts';
import { shrink } from './shrink.ts';
import { type FailedRound, roundRandom, simulate } from './simulation.ts';
import { Tally } from './tally.ts';

const LAST_LINES = 40;
const PROGRESS_ROUNDS = 5000;

/** Prints to the terminal and, if asked for, to a file. */
class Output {
  readonly #file: number | undefined;

  constructor(log: string | undefined) {
    this.#file = log === undefined ? undefined : openSync(log, 'w');
  }

  print(text: string): void {
    process.stdout.write(`${text}\n`);
    if (this.#file !== undefined) writeSync(this.#file, `${text}\n`);
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
  }
}

async function runOne(options: SimulatorArguments, round: number, output: Output): Promise<boolean> {
  const tally = new Tally();
  const outcome = await runRound({ random: roundRandom(options.seed, round), tally, skip: options.skip });
  if (options.verbose) output.print([JSON.stringify(outcome.scenario), ...outcome.trace.lines].join('\n'));
  output.print(`seed ${options.seed}, round ${round}: ${outcome.failure?.message ?? 'clean'} (trace ${outcome.trace.digest})`);
  if (outcome.failure !== undefined && options.shrink) await printShrunk(options, round, output);
  return outcome.failure === undefined;
}

async function runMany(options: SimulatorArguments, output: Output): Promise<boolean> {
  const { seed, rounds, verbose } = options;
  const started = performance.now();
  const { tally, failures } = await simulate({
    seed,
    rounds,
    failuresMax: options.keepGoing ? Number.POSITIVE_INFINITY : 1,
    onRound: (round, outcome) => {
      if (verbose) output.print(`seed ${seed}, round ${round}: ${outcome.failure?.check ?? 'clean'} (trace ${outcome.trace.digest})`);
      else if (round % PROGRESS_ROUNDS === 0) output.print(`… ${round} rounds`);
    },
  });
  for (const failed of failures) {
    printFailure(seed, failed, output);
    if (options.shrink) await printShrunk(options, failed.round, output);
  }
  output.print(tally.report);
  const perRound = ((performance.now() - started) / tally.rounds).toFixed(1);
  output.print(`seed ${seed}: ${tally.rounds} rounds, ${tally.cycles} cycles, ${failures.length} failures, ${perRound} ms a round`);
  return failures.length === 0;
}

function printFailure(seed: number, { round, failure, outcome }: FailedRound, output: Output): void {
  output.print(`FAILED seed ${seed}, round ${round}: ${failure.message}`);
  for (const line of lastLines(outcome)) output.print(`  ${line}`);
  output.print(`replay: npm run sim -- --seed ${seed} --round ${round} --verbose`);
}

function lastLines({ trace }: RoundOutcome): string[] {
  return trace.lines.slice(-LAST_LINES);
}

async function printShrunk({ seed }: SimulatorArguments, round: number, output: Output): Promise<void> {
  const shrunk = await shrink({ seed, round });
  if (shrunk === undefined) return;
  output.print(`shrunk to ${shrunk.outcome.choices.taken.length} choices: ${shrunk.outcome.failure?.message}`);
  for (const { what } of shrunk.outcome.choices.taken) output.print(`  ${what}`);
  for (const line of shrunk.outcome.trace.lines) output.print(`  | ${line}`);
  output.print(
    `replay: npm run sim -- --seed ${seed} --round ${round} --verbose --skip ${[...shrunk.skip].sort((a, b) => a - b).join(',')}`,
  );
}

/** Each round is told by its log when it is run alone. */
async function runMerges({ seed, rounds, round }: SimulatorArguments, output: Output): Promise<boolean> {
  const alone = round === undefined ? {} : { firstRound: round, log: (line: string) => output.print(line) };
  const { tally, failures } = await simulateMerges({ seed, rounds: round === undefined ? rounds : 1, ...alone });
  for (const failed of failures) {
    output.print(`FAILED seed ${seed}, round ${failed.round}: ${failed.message}`);
    output.print(`replay: npm run sim -- --merges --seed ${seed} --round ${failed.round}`);
  }
  output.print(`seed ${seed}: ${JSON.stringify(tally)}, ${failures.length} failures`);
  return failures.length === 0;
}

async function main(): Promise<number> {
  let options: SimulatorArguments;
  try {
    options = parseArguments(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}\n`);
    return 2;
  }
  const output = new Output(options.log);
  try {
    if (options.vaults) return (await simulateVaultsFromCommandLine(options, (text) => output.print(text))) ? 0 : 1;
    if (options.merges) return (await runMerges(options, output)) ? 0 : 1;
    const clean = options.round === undefined ? await runMany(options, output) : await runOne(options, options.round, output);
    return clean ? 0 : 1;
  } finally {
    output.close();
  }
}

process.exitCode = await main();
