import type { Conflict, SyncResult } from '@cloudsync/engine';
import type { Random } from '../random.ts';
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
import { Choices } from './choices.ts';
import { type CycleOutcome, type Disturbance, runCycle } from './cycle-run.ts';
import { SimulationFailure } from './failure.ts';
import type { Plant } from './plants.ts';
import { countSetAside, cutPower, giveUpWhatIsGone, readState } from './power-cut.ts';
import { drawScenario, type Scenario } from './scenario.ts';
import type { Tally } from './tally.ts';
import { Trace } from './trace.ts';
import { SIDES, World } from './world.ts';

export interface RoundOptions {
  /** A stream of this round's own. */
  readonly random: Random;
  readonly tally: Tally;
  /** Choices to leave out; see {@link Choices}. */
  readonly skip?: ReadonlySet<number>;
  readonly plant?: Plant | undefined;
  /** Kills the first run at exactly this step and disturbs nothing else. */
  readonly diesAtStep?: number | undefined;
}

export interface RoundOutcome {
  readonly failure: SimulationFailure | undefined;
  readonly scenario: Scenario;
  readonly trace: Trace;
  readonly choices: Choices;
  /** Whether the run that was to be killed at a given step lived long enough for it. */
  readonly reachedStep: boolean;
}

/** One world from its making to its last check. The same random stream gives the same round, to the last line of its trace. */
export async function runRound(options: RoundOptions): Promise<RoundOutcome> {
  const { random, tally, plant } = options;
  const scenario = { ...drawScenario(random.fork('scenario')), ...plant?.scenario };
  const choices = new Choices(options.skip);
  const trace = new Trace();
  const world = new World({ random: random.fork('world'), scenario, choices, trace, plant });
  const round = new Round(world, choices, options);
  tally.rounds++;
  tally.countScenario(scenario.mode);
  tally.countScenario(scenario.resolution);
  tally.countScenario(scenario.comparison);
  let failure: SimulationFailure | undefined;
  try {
    await round.run();
  } catch (error) {
    if (!(error instanceof SimulationFailure)) throw error;
    failure = error;
  }
  tally.countActs(world.acts);
  return { failure, scenario, trace, choices, reachedStep: round.reachedStep };
}

/** Steps of a run that nobody has measured yet. */
const USUAL_STEPS = 120;

class Round {
  readonly #world: World;
  readonly #choices: Choices;
  readonly #options: RoundOptions;
  #usualSteps = USUAL_STEPS;
  #conflicts: Conflict[] = [];
  #cycle = 0;
  /** The last phase ended with something that the engine leaves to the user. */
  #leftUnequal = false;
  /** The last state cannot be used by the next run. */
  #unites = false;
  reachedStep = false;

  constructor(world: World, choices: Choices, options: RoundOptions) {
    this.#world = world;
    this.#choices = choices;
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
    this.reachedStep ||= outcome.died;
    world.intents.runEnds(outcome.isTold);
    const written = SIDES.flatMap((side) => world.disks[side].takeEnginePaths());
    if (!outcome.isTold) world.intents.noteUntold(written);
    const cut = random.chance(outcome.died ? 0.5 : 0.1);
    const isKept = countSetAside(world.stateFiles) === asideBefore;
    // Putting the state aside is several steps; an end between them leaves what the next run has to take for damaged.
    if (!isKept && outcome.result === undefined) world.stateIsDamaged = true;
    if (cut && this.#choices.permit('power cut')) await cutPower({ world, tally, random, stateBefore: isKept ? stateBefore : undefined });
    else if (random.chance(0.03) && this.#choices.permit('other disk')) this.#swapDisk(random);
    else if (random.chance(0.03) && this.#choices.permit('damaged state')) this.#damageState(random);
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
      step !== undefined && this.#choices.permit(`${what} at step ${step}`) ? step : undefined;
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
      throw new SimulationFailure('dry run is the plan', `planned ${planText(planned)}, done ${planText(first)}`);
    }
    const failed = last.issues.filter((issue) => issue.severity === 'failed' && !isImpossible(issue, world, last.issues));
    if (failed.length > 0) throw new SimulationFailure('no failures after healing', JSON.stringify(failed));
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
    if (left.length > 0) throw new SimulationFailure('plan empty', planText(next));
    const changes = world.stateFiles.changes;
    await this.#cleanRun({});
    if (world.stateFiles.changes !== changes) throw new SimulationFailure('state settled', 'a run with nothing to do wrote the state');
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
    if (outcome.result === undefined) throw new SimulationFailure('no failures after healing', String(outcome.error));
    return outcome.result;
  }
}

function samePlan(planned: SyncResult, done: SyncResult): boolean {
  return planText(planned) === planText(done);
}

function planText({ actions }: SyncResult): string {
  return JSON.stringify(actions.map(({ type, path, from, reason }) => [type, from, path, reason]));
}
