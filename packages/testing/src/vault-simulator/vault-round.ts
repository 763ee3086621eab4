import { SyncError } from '@cloudsync/engine';
import { prune } from '@cloudsync/vault';
import type { Random } from '../random.ts';
import type { Round } from '../simulation/simulator.ts';
import { checkNoFailures, checkOneUser, checkSettled, VaultWatch } from './vault-checks.ts';
import { type RunOutcome, runLinks, type VaultRun } from './vault-cycle.ts';
import { VaultFailure } from './vault-failure.ts';
import type { Link } from './vault-scenario.ts';
import type { VaultTally } from './vault-tally.ts';
import { type TreeView, viewOfDisk } from './vault-view.ts';
import type { VaultWorld } from './vault-world.ts';

/** Steps of a run that nobody has measured yet. */
const USUAL_STEPS = 60;
/** Passes over all links after which nothing may be left to do. */
const PASSES_MAX = 8;
const MS_BETWEEN_RUNS_MAX = 60_000;

/** One world from its making to its last check. */
export class VaultRound {
  readonly #world: VaultWorld;
  readonly #round: Round<VaultTally>;
  readonly #watch: VaultWatch;
  readonly #usualSteps = new Map<Link, number>();
  /** What the only user's folder should hold. */
  #only: TreeView | undefined;
  #count = 0;

  constructor(world: VaultWorld, round: Round<VaultTally>) {
    this.#world = world;
    this.#round = round;
    this.#watch = new VaultWatch(world);
  }

  async run(): Promise<void> {
    const { scenario } = this.#world;
    if (scenario.oneUser) this.#round.tally.roundsOfOneUser++;
    for (let phase = 1; phase <= scenario.phases; phase++) {
      const random = this.#round.random.fork(`phase ${phase}`);
      for (let turns = random.between(1, 6); turns > 0; turns--) {
        this.#act(random);
        await this.#disturbedRuns(random);
      }
      if (phase === scenario.phases || random.chance(0.5)) await this.#heal();
    }
  }

  #act(random: Random): void {
    const { users, scenario, time, trace } = this.#world;
    const acting = scenario.oneUser ? users.slice(0, 1) : users;
    for (const user of acting) {
      for (let acts = random.below(4); acts > 0; acts--) {
        const own = random.fork(`act ${++this.#count}`);
        time.advance(own.between(1, 5000));
        if (!this.#round.choices.permit(`act ${this.#count} of the ${user.name}`)) continue;
        const done = user.act(own);
        if (done === undefined) continue;
        this.#round.tally.acts++;
        trace.add(done);
      }
    }
    if (scenario.oneUser && users[0] !== undefined) this.#only = viewOfDisk(users[0].disk);
  }

  /** Some links run, often two at once; processes die, blob stores fail, power is cut. */
  async #disturbedRuns(random: Random): Promise<void> {
    const { scenario, time, trace } = this.#world;
    for (let left = random.below(4); left > 0; left--) {
      time.advance(random.next() * MS_BETWEEN_RUNS_MAX);
      const links = random.sample(scenario.links, random.chance(0.4) ? 2 : 1);
      const runs = links.map((link): VaultRun => {
        const own = random.fork(`run ${++this.#count}`);
        const usual = this.#usualSteps.get(link) ?? USUAL_STEPS;
        // Nobody can tell what a broken run left in a folder from what its user did.
        const isCalm = scenario.oneUser && link.source.type === 'folder';
        const step = !isCalm && own.chance(scenario.deaths) ? own.between(1, Math.ceil(usual * 1.2)) : undefined;
        const dies = step !== undefined && this.#round.choices.permit(`death of ${link.name} at step ${step}`);
        return { link, random: own, errors: isCalm ? 0 : scenario.errors, diesAtStep: dies ? step : undefined };
      });
      trace.add(`running ${links.map(({ name }) => name).join(' and ')}`);
      const outcomes = await this.#run(runs);
      // Others on the same disk would lose what they were told is durable as well: that is a test of the blob store, not of this.
      const [only] = outcomes.length === 1 ? outcomes : [];
      if (only?.died && random.chance(scenario.powerCuts) && this.#round.choices.permit(`power cut at ${only.link.name}`)) {
        this.#world.cutPower(only.link, random);
        this.#round.tally.powerCuts++;
      } else for (const { link } of outcomes) this.#world.writeBack(link);
      await this.#lookAtVaults();
      if (random.chance(0.05) && this.#round.choices.permit('prune')) await this.#prune(random);
    }
  }

  async #run(runs: readonly VaultRun[]): Promise<RunOutcome[]> {
    const { tally } = this.#round;
    const outcomes = await runLinks(this.#world, runs);
    if (runs.length > 1) tally.runsBesideOthers += runs.length;
    for (const outcome of outcomes) {
      tally.countRun(outcome);
      if (!outcome.died) this.#usualSteps.set(outcome.link, outcome.steps);
      const { scenario } = this.#world;
      if (scenario.oneUser && (outcome.result?.conflicts.length ?? 0) > 0)
        throw new VaultFailure('no false conflict', `${outcome.link.name}: ${outcome.result?.conflicts[0]?.message}`);
    }
    return outcomes;
  }

  async #lookAtVaults(): Promise<void> {
    for (const index of this.#world.vaults.keys()) await this.#watch.look(index);
    checkOneUser(this.#world, this.#only);
  }

  async #prune(random: Random): Promise<void> {
    const { vaults, time, trace } = this.#world;
    const index = random.below(vaults.length);
    const vault = await this.#world.look(index);
    try {
      await time.run(prune(vault, { author: { device: { id: 'p'.repeat(32), name: 'pruner' }, clock: time.now } }));
    } catch (error) {
      // A power cut can bring back the lock of a prune that has ended; it ends by itself.
      if (!SyncError.is(error, 'vault/locked')) throw error;
      trace.add(`vault ${index} is locked`);
      return;
    }
    trace.add(`vault ${index} was pruned`);
    this.#round.tally.prunes++;
    await this.#lookAtVaults();
  }

  /** No more trouble: all links run until none has anything to do, and then everything must be the same everywhere. */
  async #heal(): Promise<void> {
    const { scenario, time, trace } = this.#world;
    for (let pass = 1; ; pass++) {
      trace.add(`healing, pass ${pass}`);
      const outcomes: RunOutcome[] = [];
      const before = this.#newest;
      for (const link of scenario.links) {
        time.advance(1000);
        const random = this.#round.random.fork(`clean run ${++this.#count}`);
        outcomes.push(...(await this.#run([{ link, random, errors: 0, diesAtStep: undefined }])));
      }
      const isQuiet = outcomes.every(({ result }) => result?.actions.length === 0) && before === this.#newest;
      if (isQuiet) {
        await this.#lookAtVaults();
        return checkSettled(this.#world, outcomes);
      }
      if (pass === PASSES_MAX) checkNoFailures(outcomes);
      if (pass === PASSES_MAX) throw new VaultFailure('settles', `still at work after ${pass} passes`);
    }
  }

  /** Of the newest commits. */
  get #newest(): string {
    return this.#world.vaults.map(({ disk }) => disk.list('commits/').at(-1)?.name).join();
  }
}
