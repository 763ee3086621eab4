import { closeSync, openSync, writeSync } from 'node:fs';
import process from 'node:process';
import { liveSimulator } from '../live-simulator/live-simulator.ts';
import { mergeSimulator } from '../merge-simulator/merge-simulator.ts';
import { pairSimulator } from '../simulator/pair-simulator.ts';
import { vaultSimulator } from '../vault-simulator/vault-simulator.ts';
import { parseArguments, type SimulatorArguments, usageOf } from './command-line.ts';
import { Session } from './session.ts';
import type { Simulator } from './simulator.ts';

/** Chosen by an option of their name; without one the engine runs with one pair. */
const OTHERS: readonly Simulator[] = [vaultSimulator(), mergeSimulator(), liveSimulator()];
const NAMES = OTHERS.map(({ name }) => name);

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

async function main(): Promise<number> {
  let given: SimulatorArguments;
  try {
    given = parseArguments(process.argv.slice(2), NAMES);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usageOf(NAMES)}\n`);
    return 2;
  }
  const output = new Output(given.log);
  const other = OTHERS.find(({ name }) => name === given.simulator);
  try {
    const session = new Session({
      simulator: other ?? pairSimulator(),
      flag: other === undefined ? '' : `--${other.name} `,
      arguments: given,
      print: (text) => output.print(text),
    });
    return (await session.run()) ? 0 : 1;
  } finally {
    output.close();
  }
}

process.exitCode = await main();
