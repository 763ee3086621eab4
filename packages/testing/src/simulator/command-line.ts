import { parseArgs } from 'node:util';

export interface SimulatorArguments {
  readonly seed: number;
  readonly rounds: number;
  /** Run this one only. */
  readonly round: number | undefined;
  readonly skip: ReadonlySet<number>;
  /** Vaults as replicas, instead of one pair. */
  readonly vaults: boolean;
  readonly verbose: boolean;
  readonly shrink: boolean;
  readonly keepGoing: boolean;
  readonly log: string | undefined;
  /** Rounds of another kind: texts, AUTO_MERGE, and a ledger of words. */
  readonly merges: boolean;
}

export const USAGE = `npm run sim -- [--vaults] [--seed N] [--rounds M] [--round R] [--verbose] [--shrink] [--keep-going] [--log FILE]

Runs the sync engine in a world of its own (virtual clock, disks, faults, deaths, power cuts) and checks that nothing is lost.
  --seed N       which world (default: 1)
  --rounds M     how many rounds (default: 300)
  --round R      only this round of the seed
  --vaults       vaults in a triangle with folders on them, instead of one pair
  --skip A,B     leave out these choices of the round (printed by --shrink)
  --verbose      print every operation of a round
  --shrink       after a failure, look for fewer choices that fail the same way
  --keep-going   do not stop at the first failure
  --log FILE     write what is printed to a file as well
  --merges       rounds with texts and auto-merge instead; of the other options --seed, --rounds, --round and --log count`;

/** @throws TypeError for arguments that do not exist or are not numbers */
export function parseArguments(args: readonly string[]): SimulatorArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string', default: '1' },
      rounds: { type: 'string', default: '300' },
      round: { type: 'string' },
      skip: { type: 'string', default: '' },
      vaults: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
      shrink: { type: 'boolean', default: false },
      'keep-going': { type: 'boolean', default: false },
      log: { type: 'string' },
      merges: { type: 'boolean', default: false },
    },
  });
  return {
    seed: number('seed', values.seed),
    rounds: number('rounds', values.rounds),
    round: values.round === undefined ? undefined : number('round', values.round),
    skip: new Set(values.skip === '' ? [] : values.skip.split(',').map((text) => number('skip', text))),
    vaults: values.vaults,
    verbose: values.verbose,
    shrink: values.shrink,
    keepGoing: values['keep-going'],
    log: values.log,
    merges: values.merges,
  };
}

function number(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new TypeError(`--${name} needs a whole number, not ${JSON.stringify(text)}`);
  return value;
}
