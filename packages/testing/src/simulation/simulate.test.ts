import { describe, expect, it } from 'vitest';
import { parseArguments } from './command-line.ts';
import { SimulationFailure } from './failure.ts';
import { Session } from './session.ts';
import { shrink } from './shrink.ts';
import { runRound, simulate } from './simulate.ts';
import type { Round, Simulator } from './simulator.ts';
import { type Counts, Tally } from './tally.ts';

class CoinTally extends Tally {
  heads = 0;

  get groups(): Readonly<Record<string, Readonly<Counts>>> {
    return { coins: { heads: this.heads } };
  }
}

/** Twenty coins a round; two heads that meet, and are permitted to, are a failure. */
const coins: Simulator<CoinTally> = {
  name: 'coins',
  stream: 'coin round',
  newTally: () => new CoinTally(),
  play: async ({ random, tally, choices, trace }: Round<CoinTally>) => {
    let before = false;
    for (let coin = 1; coin <= 20; coin++) {
      const isHead = random.chance(0.25) && choices.permit(`coin ${coin}`);
      trace.add(`coin ${coin}: ${isHead ? 'head' : 'tail'}`);
      if (isHead) tally.heads++;
      if (isHead && before) throw new SimulationFailure('no neighbours', `coins ${coin - 1} and ${coin}`);
      before = isHead;
    }
  },
};

describe('the frame of the simulators', () => {
  it('runs rounds, counts them, and stops after the failures that it was allowed', async () => {
    const rounds: number[] = [];
    const { tally, failures } = await simulate(coins, {
      seed: 1,
      rounds: 500,
      failuresMax: 3,
      onRound: ({ round }) => void rounds.push(round),
    });
    expect(failures.map(({ failure }) => failure.check)).toEqual(Array(3).fill('no neighbours'));
    expect(rounds).toEqual(Array.from({ length: tally.rounds }, (_, at) => at + 1));
    expect(rounds.at(-1)).toBe(failures[2]?.round);
    expect(tally.report).toBe(`coins:\n  ${String(tally.heads).padStart(9)}  heads`);
  });

  it('gives any round again alone', async () => {
    const digests: string[] = [];
    await simulate(coins, { seed: 2, rounds: 9, failuresMax: 9, onRound: ({ trace }) => void digests.push(trace.digest) });
    expect((await runRound(coins, { seed: 2, round: 7 })).trace.digest).toBe(digests[6]);
    expect(new Set(digests).size).toBeGreaterThan(1);
  });

  it('lets what is no SimulationFailure through: it is a bug of the simulator', async () => {
    const broken = { ...coins, play: () => Promise.reject(new TypeError('a bug')) };
    await expect(simulate(broken, { seed: 1, rounds: 1 })).rejects.toThrow('a bug');
  });

  it('shrinks a failure to the choices that it needs, and gives nothing for a clean round', async () => {
    const { failures } = await simulate(coins, { seed: 3, rounds: 100 });
    const round = failures[0]?.round ?? 0;
    const shrunk = await shrink(coins, { seed: 3, round });
    expect(shrunk?.outcome.choices.taken).toHaveLength(2);
    expect((await runRound(coins, { seed: 3, round, skip: shrunk?.skip })).failure?.check).toBe('no neighbours');
    expect(await shrink({ ...coins, play: async () => undefined }, { seed: 3, round })).toBeUndefined();
  });

  it('tells of failures with what replays them', async () => {
    const printed: string[] = [];
    const given = parseArguments(['--coins', '--seed', '3', '--rounds', '100', '--shrink'], ['coins']);
    const session = new Session({ simulator: coins, flag: '--coins ', arguments: given, print: (text) => printed.push(text) });
    expect(await session.run()).toBe(false);
    expect(printed.join('\n')).toMatch(/FAILED coins, seed 3, round \d+: no neighbours: coins \d+ and \d+/);
    expect(printed.join('\n')).toMatch(/replay: npm run sim -- --coins --seed 3 --round \d+ --verbose --skip [\d,]+/);
  });
});

describe('its arguments', () => {
  it('are read', () => {
    expect(parseArguments(['--seed', '5', '--rounds', '7', '--skip', '3,9', '--coins'], ['coins'])).toMatchObject({
      simulator: 'coins',
      seed: 5,
      rounds: 7,
      skip: new Set([3, 9]),
    });
    expect(parseArguments([], ['coins']).simulator).toBeUndefined();
  });

  it('are refused when they are none', () => {
    expect(() => parseArguments(['--rounds', 'many'], [])).toThrow('--rounds needs a whole number');
    expect(() => parseArguments(['--unknown'], [])).toThrow();
    expect(() => parseArguments(['--a', '--b'], ['a', 'b'])).toThrow('one simulator at a time');
  });
});
