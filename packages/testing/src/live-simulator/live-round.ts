import type { SyncResult } from '@cloudsync/engine';
import { SyncError } from '@cloudsync/engine';
import type { Random } from '../random.ts';
import type { Round } from '../simulation/simulator.ts';
import { StuckError } from '../virtual-time.ts';
import type { Device } from './device.ts';
import { checkAlways, checkSettled } from './live-checks.ts';
import { LiveFailure } from './live-failure.ts';
import type { LiveTally } from './live-tally.ts';
import type { LiveWorld } from './live-world.ts';
import { Troublemaker } from './troublemaker.ts';

/** Passes over all devices after which nothing may be left to do. */
const PASSES_MAX = 8;
const ATTEMPTS_MAX = 20;
const RETRY_MS = 30_000;
/** A round that is not over after so much virtual time hangs. */
const ROUND_MS_MAX = 24 * 3_600_000;

/** One world from its making to its last check. */
export class LiveRound {
  readonly #world: LiveWorld;
  readonly #round: Round<LiveTally>;
  readonly #trouble: Troublemaker;
  #acts = 0;

  constructor(world: LiveWorld, round: Round<LiveTally>) {
    this.#world = world;
    this.#round = round;
    this.#trouble = new Troublemaker(world, round);
  }

  async run(): Promise<void> {
    const { time, server } = this.#world;
    const late = time.pass(ROUND_MS_MAX).then(() => {
      throw new LiveFailure('nobody hangs', 'the round is not over after a day');
    });
    const played = Promise.race([this.#play(), this.#world.failed, late]);
    try {
      await time.run(played, 'loop').catch((error: unknown) => {
        if (error instanceof StuckError) throw new LiveFailure('nobody hangs', error.message);
        throw error instanceof Error && error.name === 'SimulationFailure' ? error : this.#world.thrown(error);
      });
    } finally {
      time.clear();
      await server.remove();
    }
  }

  async #play(): Promise<void> {
    const { scenario, devices } = this.#world;
    await this.#trouble.startServer();
    for (let phase = 1; phase <= scenario.phases; phase++) {
      const random = this.#round.random.fork(`phase ${phase}`);
      for (const device of devices) device.start();
      for (let turns = random.between(2, 7); turns > 0; turns--) {
        this.#act(random);
        await this.#trouble.make(random);
        await this.#world.time.pass(random.next() * random.pick([5, 200, 5_000, 90_000]));
        checkAlways(this.#world);
      }
      await this.#heal();
    }
    for (const device of devices) await device.close();
  }

  #act(random: Random): void {
    for (const device of this.#world.devices)
      for (let acts = random.below(4); acts > 0; acts--) {
        const own = random.fork(`act ${++this.#acts}`);
        if (!this.#round.choices.permit(`act ${this.#acts} at ${device.name}`)) continue;
        if (device.act(own)) this.#round.tally.acts++;
      }
  }

  /** No more trouble: all devices sync until none has anything to do, and then everything must be the same everywhere. */
  async #heal(): Promise<void> {
    const { devices, network, trace, server } = this.#world;
    trace.add('healing');
    await this.#trouble.end();
    for (const device of devices) await device.stop();
    for (let pass = 1; ; pass++) {
      trace.add(`pass ${pass}`);
      const head = server.workspace.cursor;
      const results: SyncResult[] = [];
      for (const device of devices) results.push(await this.#sync(device));
      if (results.every(({ actions }) => actions.length === 0) && head === server.workspace.cursor) break;
      if (pass < PASSES_MAX) continue;
      checkNoFailures(results);
      throw new LiveFailure('settles', `still at work after ${pass} passes`);
    }
    network.isCalm = false;
    checkAlways(this.#world);
    await checkSettled(this.#world);
  }

  /** A connection that fell silent is noticed after a while; until then nothing goes. */
  async #sync(device: Device): Promise<SyncResult> {
    const { time } = this.#world;
    for (let attempt = 1; ; attempt++) {
      try {
        return await device.syncNow();
      } catch (error) {
        if (!SyncError.is(error)) throw this.#world.thrown(error);
        if (attempt === ATTEMPTS_MAX) throw new LiveFailure('no failures after healing', `${device.name}: ${error.code} ${error.message}`);
        await time.pass(RETRY_MS);
      }
    }
  }
}

function checkNoFailures(results: readonly SyncResult[]): void {
  const failed = results.flatMap(({ issues }) => issues).find(({ severity }) => severity === 'failed');
  if (failed !== undefined) throw new LiveFailure('no failures after healing', JSON.stringify(failed));
}
