import type { SimulatorArguments } from './command-line.ts';
import { shrink } from './shrink.ts';
import { runRound, simulate } from './simulate.ts';
import type { RoundOutcome, Simulator } from './simulator.ts';

const LAST_LINES = 40;
const PROGRESS_MS = 30_000;

export interface SessionOptions {
  readonly simulator: Simulator;
  /** The option that chooses it, with a space behind it; empty for the one that needs none. */
  readonly flag: string;
  readonly arguments: SimulatorArguments;
  readonly print: (text: string) => void;
}

/** What the command line asks for: one round, or many. Failures are printed as they come. */
export class Session {
  readonly #options: SessionOptions;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** @returns whether everything was clean */
  run(): Promise<boolean> {
    const { round } = this.#options.arguments;
    return round === undefined ? this.#runMany() : this.#runOne(round);
  }

  async #runOne(round: number): Promise<boolean> {
    const { simulator, arguments: given, print } = this.#options;
    const { seed, skip, verbose } = given;
    const outcome = await runRound(simulator, { seed, round, skip });
    if (verbose) print(outcome.trace.lines.join('\n'));
    print(`${this.#nameOf(round)}: ${outcome.failure?.message ?? 'clean'} (trace ${outcome.trace.digest})`);
    if (outcome.failure !== undefined && given.shrink) await this.#printShrunk(round);
    return outcome.failure === undefined;
  }

  async #runMany(): Promise<boolean> {
    const { simulator, arguments: given, print } = this.#options;
    const { seed, rounds, verbose, keepGoing } = given;
    const started = performance.now();
    let told = started;
    const { tally, failures } = await simulate(simulator, {
      seed,
      rounds,
      failuresMax: keepGoing ? Number.POSITIVE_INFINITY : 1,
      onRound: async (outcome) => {
        const { round, failure, trace } = outcome;
        if (verbose) print(`${this.#nameOf(round)}: ${failure?.check ?? 'clean'} (trace ${trace.digest})`);
        if (failure !== undefined) await this.#printFailure(outcome);
        if (performance.now() - told < PROGRESS_MS) return;
        told = performance.now();
        print(`… ${round} rounds`);
      },
    });
    print(tally.report);
    const perRound = ((performance.now() - started) / tally.rounds).toFixed(1);
    print(`${simulator.name}, seed ${seed}: ${tally.rounds} rounds, ${failures.length} failures, ${perRound} ms a round`);
    return failures.length === 0;
  }

  async #printFailure({ round, failure, trace }: RoundOutcome): Promise<void> {
    const { print, arguments: given } = this.#options;
    print(`FAILED ${this.#nameOf(round)}: ${failure?.message}`);
    for (const line of trace.lines.slice(-LAST_LINES)) print(`  ${line}`);
    print(`replay: ${this.#replayOf(round)}`);
    if (given.shrink) await this.#printShrunk(round);
  }

  async #printShrunk(round: number): Promise<void> {
    const { simulator, arguments: given, print } = this.#options;
    const shrunk = await shrink(simulator, { seed: given.seed, round });
    if (shrunk === undefined) return;
    const { choices, failure, trace } = shrunk.outcome;
    print(`shrunk to ${choices.taken.length} choices: ${failure?.message}`);
    for (const { what } of choices.taken) print(`  ${what}`);
    for (const line of trace.lines) print(`  | ${line}`);
    print(`replay: ${this.#replayOf(round)} --skip ${[...shrunk.skip].sort((a, b) => a - b).join(',')}`);
  }

  #nameOf(round: number): string {
    const { simulator, arguments: given } = this.#options;
    return `${simulator.name}, seed ${given.seed}, round ${round}`;
  }

  #replayOf(round: number): string {
    const { flag, arguments: given } = this.#options;
    return `npm run sim -- ${flag}--seed ${given.seed} --round ${round} --verbose`;
  }
}
