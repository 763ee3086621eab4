import {
  type Conflict,
  type SyncConfig,
  SyncEngine,
  SyncError,
  SyncPauseController,
  SyncProgressTracker,
  type SyncResult,
} from '@cloudsync/engine';
import type { Random } from '../random.ts';
import { Process } from '../strict-storage/process.ts';
import { StuckError } from '../virtual-time.ts';
import { PairFailure } from './failure.ts';
import type { PairTally } from './pair-tally.ts';
import { giverOf } from './scenario.ts';
import { SIDES, type World } from './world.ts';

/** How a run is disturbed; steps count every moment between two things that the outside world can see. */
export interface Disturbance {
  /** The process dies here. */
  readonly diesAtStep?: number | undefined;
  /** The user cancels here. */
  readonly cancelsAtStep?: number | undefined;
  /** The user pauses here, for a while. */
  readonly pausesAtStep?: number | undefined;
  /** A user does something on either side here. */
  readonly actsAtSteps?: ReadonlySet<number> | undefined;
}

export interface CycleOptions {
  readonly world: World;
  readonly tally: PairTally;
  readonly random: Random;
  readonly faulty: boolean;
  readonly config?: SyncConfig;
  readonly disturbance?: Disturbance;
  /** Whether somebody answers the conflicts that are left to the user. */
  readonly answering?: boolean;
}

export interface CycleOutcome {
  /** Undefined when the engine died or the run could not begin. */
  readonly result: SyncResult | undefined;
  readonly error: SyncError | undefined;
  readonly died: boolean;
  readonly steps: number;
  /** The state knows everything that was done. */
  readonly isTold: boolean;
  /** Conflicts announced, whatever came after. */
  readonly conflicts: readonly Conflict[];
}

/** Runs the engine once and checks what must hold after every single run, however it went. */
export async function runCycle(options: CycleOptions): Promise<CycleOutcome> {
  const { world, tally, random, faulty, config = {}, disturbance = {}, answering = false } = options;
  const pause = new SyncPauseController();
  const process = new Process({
    time: world.time,
    stepMs: () => random.next() * 3,
    diesAtStep: disturbance.diesAtStep,
    onStep: (step) => disturb(step, { world, pause, disturbance, random }),
  });
  const { pair, storages, faults } = world.connect({ process, random, faulty });
  const conflicts: Conflict[] = [];
  const tracker = new SyncProgressTracker((event) => {
    if (event.type === 'conflict') conflicts.push(event.conflict);
    if (event.type.endsWith('_complete') && 'action' in event) tally.countAction(event.action);
  });
  const engine = new SyncEngine({
    environment: world.time,
    pauseController: pause,
    progressTracker: tracker,
    concurrencyLimits: { transfers: world.scenario.transfers, operations: world.scenario.operations },
  });
  const handler = answering ? { conflictHandler: ({ path }: { path: string }) => world.answer(path, random) } : {};
  const before = { source: world.disks.source.engineChanges, destination: world.disks.destination.engineChanges };
  const state = world.stateFiles.changes;
  const run = engine.syncPair({ ...pair, ...handler }, { ...world.config, ...config }).then(
    (result) => ({ result, error: undefined }),
    (error: unknown) => ({ result: undefined, error }),
  );
  const dying = process.death.then(() => ({ result: undefined, error: undefined }));
  const ended = await world.time.run(Promise.race([run, dying])).catch((error: unknown) => {
    if (error instanceof StuckError) throw new PairFailure('engine never hangs', error.message);
    throw thrown(error);
  });
  world.time.clear();
  tally.countCycle({ faults, process, conflicts, cancelled: pause.cancelled });
  world.trace.add(`cycle ends: ${describe(ended, process.dead)}`);
  for (const side of SIDES) {
    const [misuse] = storages[side].misuses;
    if (misuse !== undefined) throw new PairFailure('nothing outside', `the engine ${misuse} at the ${side}`);
  }
  const error = ended.error;
  if (error !== undefined && !SyncError.is(error)) throw thrown(error);
  const giver = giverOf(world.scenario.mode);
  if (giver !== undefined && world.disks[giver].engineChanges !== before[giver]) {
    throw new PairFailure('giver untouched', `the engine changed the ${giver} in mode ${world.scenario.mode}`);
  }
  const changed = SIDES.some((side) => world.disks[side].engineChanges !== before[side]);
  if (config.dryRun && (changed || world.stateFiles.changes !== state)) {
    throw new PairFailure('dry run changes nothing', changed ? 'a side was changed' : 'the state was changed');
  }
  if (ended.result?.stopped !== undefined) {
    tally.guardStops++;
    if (changed) throw new PairFailure('guard changes nothing', `${ended.result.stopped.message}, and yet a side was changed`);
  }
  const isTold =
    ended.result !== undefined && ended.result.statistics.failed === 0 && faults.every(({ counts }) => counts['error-after'] === 0);
  return { result: ended.result, error, died: process.dead, steps: process.steps, isTold, conflicts };
}

interface DisturbanceTools {
  readonly world: World;
  readonly pause: SyncPauseController;
  readonly disturbance: Disturbance;
  readonly random: Random;
}

const PAUSE_MS_MAX = 60_000;

function disturb(step: number, { world, pause, disturbance, random }: DisturbanceTools): void {
  if (disturbance.actsAtSteps?.has(step)) world.act(random.fork(`side ${step}`).pick(SIDES));
  if (step === disturbance.cancelsAtStep) {
    world.trace.add('the user cancels');
    pause.cancel();
  }
  if (step === disturbance.pausesAtStep) {
    world.trace.add('the user pauses');
    pause.pause();
    void world.time.pass(random.next() * PAUSE_MS_MAX).then(() => pause.resume());
  }
}

function describe({ result, error }: { result: SyncResult | undefined; error: unknown }, died: boolean): string {
  if (died) return 'the process died';
  if (error !== undefined) return SyncError.is(error) ? error.code : String(error);
  if (result === undefined) return 'nothing';
  const actions = result.actions.map(({ type, path, from }) => `${type} ${from === undefined ? '' : `${from} → `}${path}`);
  const issues = result.issues.map(({ code, path, side }) => `${code} ${side ?? ''} ${path}`);
  return JSON.stringify({
    actions,
    issues,
    conflicts: result.conflicts.map(({ kind, path, outcome }) => `${kind} ${path} ${outcome}`),
    stopped: result.stopped?.code,
    cancelled: result.cancelled,
  });
}

function thrown(error: unknown): PairFailure {
  return new PairFailure('engine never throws', error instanceof Error ? (error.stack ?? error.message) : String(error));
}
