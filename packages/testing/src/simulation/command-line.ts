import { parseArgs } from 'node:util';

export interface SimulatorArguments {
  /** Which simulator, by its name; undefined: that of a pair. */
  readonly simulator: string | undefined;
  readonly seed: number;
  readonly rounds: number;
  /** Run this one only. */
  readonly round: number | undefined;
  readonly skip: ReadonlySet<number>;
  readonly verbose: boolean;
  readonly shrink: boolean;
  readonly keepGoing: boolean;
  readonly log: string | undefined;
}

export function usageOf(names: readonly string[]): string {
  return `npm run sim -- [${names.map((name) => `--${name}`).join(' | ')}] [--seed N] [--rounds M] [--round R] [--verbose] [--shrink] [--keep-going] [--log FILE]

Runs the product in a world of its own (virtual clock, disks, faults, deaths, power cuts) and checks that nothing is lost:
the sync engine with one pair, or what an option names.
  --vaults       vaults in a triangle with folders on them
  --merges       texts, AUTO_MERGE, and a ledger of words
  --live         devices with users, a server, and the network between them
  --seed N       which world (default: 1)
  --rounds M     how many rounds (default: 300)
  --round R      only this round of the seed
  --skip A,B     leave out these choices of the round (printed by --shrink)
  --verbose      print everything that happens in a round
  --shrink       after a failure, look for fewer choices that fail the same way
  --keep-going   do not stop at the first failure
  --log FILE     write what is printed to a file as well`;
}

/** @param names those of the simulators, besides that of a pair. @throws TypeError for arguments that do not exist or are not numbers */
export function parseArguments(args: readonly string[], names: readonly string[]): SimulatorArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string', default: '1' },
      rounds: { type: 'string', default: '300' },
      round: { type: 'string' },
      skip: { type: 'string', default: '' },
      verbose: { type: 'boolean', default: false },
      shrink: { type: 'boolean', default: false },
      'keep-going': { type: 'boolean', default: false },
      log: { type: 'string' },
      ...Object.fromEntries(names.map((name) => [name, { type: 'boolean' } as const])),
    },
  });
  const chosen = names.filter((name) => (values as Readonly<Record<string, unknown>>)[name] === true);
  if (chosen.length > 1) throw new TypeError(`one simulator at a time, not ${chosen.map((name) => `--${name}`).join(' and ')}`);
  return {
    simulator: chosen[0],
    seed: number('seed', values.seed),
    rounds: number('rounds', values.rounds),
    round: values.round === undefined ? undefined : number('round', values.round),
    skip: new Set(values.skip === '' ? [] : values.skip.split(',').map((text) => number('skip', text))),
    verbose: values.verbose,
    shrink: values.shrink,
    keepGoing: values['keep-going'],
    log: values.log,
  };
}

function number(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new TypeError(`--${name} needs a whole number, not ${JSON.stringify(text)}`);
  return value;
}
