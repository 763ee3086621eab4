import type { Round, Simulator } from '../simulation/simulator.ts';
import type { LivePlant } from './live-plants.ts';
import { LiveRound } from './live-round.ts';
import { drawLiveScenario, type LiveScenario } from './live-scenario.ts';
import { LiveTally } from './live-tally.ts';
import { LiveWorld } from './live-world.ts';
import { serverTemplate } from './server-template.ts';

export interface LiveSimulatorOptions {
  readonly plant?: LivePlant | undefined;
  /** Instead of what is drawn. */
  readonly scenario?: Partial<LiveScenario> | undefined;
}

/** Devices and the server between them. */
export function liveSimulator(options: LiveSimulatorOptions = {}): Simulator<LiveTally> {
  return { name: 'live', stream: 'live round', newTally: () => new LiveTally(), play: (round) => play(round, options) };
}

async function play(round: Round<LiveTally>, { plant, scenario: fixed }: LiveSimulatorOptions): Promise<void> {
  const { random, trace } = round;
  const scenario = drawLiveScenario(random.fork('scenario'), { ...plant?.scenario, ...fixed });
  trace.add(JSON.stringify(scenario));
  const template = await serverTemplate();
  const world = new LiveWorld({ random: random.fork('world'), scenario, round, plant, template });
  await new LiveRound(world, round).run();
}
