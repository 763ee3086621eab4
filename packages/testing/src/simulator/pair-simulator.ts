import type { Conflict, SyncResult } from '@cloudsync/engine';
import type { Random } from '../random.ts';
import type { Round, Simulator } from '../simulation/simulator.ts';
import {
  checkEqual,
  checkIgnored,
  checkIntents,
  checkNoLeftovers,
  checkNothingInvented,
  checkNothingLost,
  exemptIn,
  isImpossible,
} from './checks.ts';
import { type CycleOutcome, type Disturbance, runCycle } from './cycle-run.ts';
import { PairFailure } from './failure.ts';
import { PairTally } from './pair-tally.ts';
import type { Plant } from './plants.ts';
import { countSetAside, cutPower, giveUpWhatIsGone, readState } from './power-cut.ts';
import { drawScenario } from './scenario.ts';
import { SIDES, World } from './world.ts';

export interface PairSimulatorOptions {
  readonly plant?: Plant | undefined;
  /** Kills the first run at exactly this step and disturbs nothing else. */
  readonly diesAtStep?: number | undefined;
}

/** One pair of storages, users on both sides, and everything that can go wrong between them. */
export function pairSimulator(options: PairSimulatorOptions = {}): Simulator<PairTally> {
  return { name: 'pair', stream: 'round', newTally: () => new PairTally(), play: (round) => play(round, options) };
}

async function play(round: Round<PairTally>, options: PairSimulatorOptions): Promise<void> {
  const { random, tally, choices, trace } = round;
  const scenario = { ...drawScenario(random.fork('scenario')), ...options.plant?.scenario };
  trace.add(JSON.stringify(scenario));
  const world = new World({ random: random.fork('world'), scenario, choices, trace, plant: options.plant });
  for (const name of [scenario.mode, scenario.resolution, scenario.comparison]) tally.countScenario(name);
  try {
    await new PairRound(world, { ...round, ...options }).run();
  } finally {
    tally.countActs(world.acts);
  }
}

/** Steps of a run that nobody has measured yet. */
const USUAL_STEPS = 120;

class PairRound {
  readonly #world: World;
  readonly #options: Round<PairTally> & PairSimulatorOptions;
  #usualSteps = USUAL_STEPS;
  #conflicts: Conflict[] = [];
  #cycle = 0;
  /** The last phase ended with something that the engine leaves to the user. */
  #leftUnequal = false;
  /** The last state cannot be used by the next run. */
  #unites = false;

  constructor(world: World, options: Round<PairTally> & PairSimulatorOptions) {
    this.#world = world;
    this.#options = options;
  }

  async run(): Promise<void> {
    const { scenario, intents } = this.#world;
    const random = this.#options.random.fork('initial');
    if (scenario.initial !== 'merge') intents.spoil('the first sync may prefer a side');
    for (let acts = scenario.initialActs; acts > 0; acts--) {
      if (random.chance(0.2)) this.#world.actAlike();
      else this.#world.act(random.pick(SIDES));
    }
    for (let phase = 1; phase <= scenario.phases; phase++) {
      const cycles = this.#options.diesAtStep === undefined ? random.between(1, 3) : 1;
      for (let cycle = 0; cycle < cycles; cycle++) await this.#disturbedCycle(phase === 1 && cycle === 0);
      await this.#heal();
      intents.clear();
      if (this.#leftUnequal) intents.spoil('something could not be synced before');
    }
  }

  /** Users act, the engine runs among faults and may be killed, machines may lose power. */
  async #disturbedCycle(isFirst: boolean): Promise<void> {
    const world = this.#world;
    const { tally } = this.#options;
    const random = this.#options.random.fork(`cycle ${++this.#cycle}`);
    if (!isFirst) for (const side of SIDES) for (let acts = random.below(5); acts > 0; acts--) world.act(side);
    // The operating system writes back now and then by itself.
    for (const side of SIDES) if (random.chance(0.3)) world.disks[side].flush();
    const touched = SIDES.flatMap((side) => world.users[side].takeTouched());
    const only = !isFirst && random.chance(0.15) ? touched : undefined;
    const stateBefore = await readState(world);
    const asideBefore = countSetAside(world.stateFiles);
    world.intents.runBegins();
    const outcome = await runCycle({
      world,
      tally,
      random,
      faulty: this.#options.diesAtStep === undefined,
      config: only === undefined ? {} : { only },
      disturbance: this.#drawDisturbance(random),
      answering: random.chance(0.5),
    });
    this.#usualSteps = outcome.died ? this.#usualSteps : outcome.steps;
    this.#conflicts.push(...outcome.conflicts);
    world.intents.runEnds(outcome.isTold);
    const written = SIDES.flatMap((side) => world.disks[side].takeEnginePaths());
    if (!outcome.isTold) world.intents.noteUntold(written);
    const cut = random.chance(outcome.died ? 0.5 : 0.1);
    const isKept = countSetAside(world.stateFiles) === asideBefore;
    // Putting the state aside is several steps; an end between them leaves what the next run has to take for damaged.
    if (!isKept && outcome.result === undefined) world.stateIsDamaged = true;
    if (cut && this.#options.choices.permit('power cut'))
      await cutPower({ world, tally, random, stateBefore: isKept ? stateBefore : undefined });
    else if (random.chance(0.03) && this.#options.choices.permit('other disk')) this.#swapDisk(random);
    else if (random.chance(0.03) && this.#options.choices.permit('damaged state')) this.#damageState(random);
    checkNothingInvented(world);
    checkIgnored(world);
  }

  #drawDisturbance(random: Random): Disturbance {
    const { diesAtStep } = this.#options;
    if (diesAtStep !== undefined) return { diesAtStep };
    const someStep = (): number => random.between(1, Math.ceil(this.#usualSteps * 1.1));
    const dies = random.chance(0.5) ? someStep() : undefined;
    const cancels = random.chance(0.08) ? someStep() : undefined;
    const pauses = random.chance(0.08) ? someStep() : undefined;
    const acts = random.chance(0.3) ? [someStep(), someStep()] : [];
    const permit = (what: string, step: number | undefined): number | undefined =>
      step !== undefined && this.#options.choices.permit(`${what} at step ${step}`) ? step : undefined;
    return {
      diesAtStep: permit('death', dies),
      cancelsAtStep: permit('cancel', cancels),
      pausesAtStep: permit('pause', pauses),
      actsAtSteps: new Set(acts),
    };
  }

  /** A side is another disk now: an older copy of this one, as after a restored backup. */
  #swapDisk(random: Random): void {
    const world = this.#world;
    const side = random.pick(SIDES);
    world.swapDisk(side, random.pick(world.backups[side]));
    this.#unites = true;
    world.intents.spoil('another disk');
    giveUpWhatIsGone(world, this.#options.tally, 'ignore the trash');
    world.ledger.lookAround();
    this.#options.tally.otherDisks++;
    world.trace.add(`the ${side} is another disk now`);
  }

  #damageState(random: Random): void {
    const world = this.#world;
    const names = [...world.stateFiles.files.keys()];
    if (names.length === 0) return;
    const name = random.pick(names);
    const text = world.stateFiles.files.get(name) ?? '';
    world.stateFiles.change(name, random.chance(0.2) ? undefined : text.slice(0, random.below(text.length)), true);
    this.#unites = true;
    world.stateIsDamaged = true;
    world.intents.spoil('a damaged state');
    this.#options.tally.damagedStates++;
    world.trace.add(`${name} is damaged`);
  }

  /**
   * No more faults: the engine gets two runs to make everything good, and then there must be nothing left to do. A run that
   * unites, and one that brings other ignore rules, see some of what there is to do only when they have ended.
   */
  async #heal(): Promise<void> {
    const world = this.#world;
    const { tally } = this.#options;
    world.trace.add('healing');
    const planned = await this.#cleanRun({ dryRun: true });
    const first = await this.#cleanRun({});
    let last = await this.#cleanRun({});
    if (this.#unites) last = await this.#cleanRun({});
    if (world.scenario.ignoreFiles) last = await this.#cleanRun({});
    this.#unites = false;
    world.stateIsDamaged = false;
    if (!samePlan(planned, first)) {
      throw new PairFailure('dry run is the plan', `planned ${planText(planned)}, done ${planText(first)}`);
    }
    const failed = last.issues.filter((issue) => issue.severity === 'failed' && !isImpossible(issue, world, last.issues));
    if (failed.length > 0) throw new PairFailure('no failures after healing', JSON.stringify(failed));
    const exempt = exemptIn(last, world);
    this.#leftUnequal ||= exempt.some;
    checkNothingInvented(world);
    checkNoLeftovers(world);
    checkNothingLost(world, this.#conflicts);
    checkIgnored(world);
    checkEqual(world, exempt);
    tally.certainIntents += checkIntents(world, exempt);
    const next = await this.#cleanRun({ dryRun: true });
    const left = next.actions.filter(({ conflict, path }) => conflict?.outcome !== 'unresolved' && !exempt.covers(path));
    if (left.length > 0) throw new PairFailure('plan empty', planText(next));
    const changes = world.stateFiles.changes;
    await this.#cleanRun({});
    if (world.stateFiles.changes !== changes) throw new PairFailure('state settled', 'a run with nothing to do wrote the state');
    for (const side of SIDES) world.backups[side].push(world.disks[side].tree);
  }

  async #cleanRun(config: { dryRun?: boolean }): Promise<SyncResult> {
    const random = this.#options.random.fork(`clean run ${++this.#cycle}`);
    const outcome: CycleOutcome = await runCycle({
      world: this.#world,
      tally: this.#options.tally,
      random,
      faulty: false,
      config: { ...config, maxDelete: 'off' },
      answering: true,
    });
    this.#conflicts.push(...outcome.conflicts);
    if (outcome.result === undefined) throw new PairFailure('no failures after healing', String(outcome.error));
    return outcome.result;
  }
}

function samePlan(planned: SyncResult, done: SyncResult): boolean {
  return planText(planned) === planText(done);
}

function planText({ actions }: SyncResult): string {
  return JSON.stringify(actions.map(({ type, path, from, reason }) => [type, from, path, reason]));
}
