import {
  AgreedTexts,
  type MergeBases,
  type Side,
  type SyncConfig,
  SyncEngine,
  SyncError,
  SyncPauseController,
  type SyncResult,
  SyncStateManager,
} from '@cloudsync/engine';
import { sha256 } from '../content.ts';
import type { Random } from '../random.ts';
import type { Round } from '../simulation/simulator.ts';
import { PairFailure } from '../simulator/failure.ts';
import { ClientView } from '../strict-storage/client-view.ts';
import { Disk } from '../strict-storage/disk.ts';
import { type FaultRates, Faults } from '../strict-storage/faults.ts';
import { MemoryStateDirectory, StateFiles } from '../strict-storage/memory-state-directory.ts';
import { Process } from '../strict-storage/process.ts';
import { StrictStorage } from '../strict-storage/strict-storage.ts';
import { VirtualTime } from '../virtual-time.ts';
import { checkNothingInvented, checkTexts } from './merge-checks.ts';
import type { MergeTally } from './merge-tally.ts';
import { TextUser } from './text-user.ts';
import { WordLedger } from './word-ledger.ts';

const SIDES = ['source', 'destination'] as const;

export interface MergeSimulatorOptions {
  /** A planted bug: a base that is none. */
  readonly bases?: ((disks: Readonly<Record<Side, Disk>>) => MergeBases) | undefined;
}

const FAULTS: FaultRates = {
  'error-before': 0.02,
  'error-after': 0.02,
  'short-write': 0.03,
  slow: 0.02,
  'edited-while-read': 0.03,
  'no-space': 0.01,
};

/**
 * One round with AUTO_MERGE: users on both sides edit the same texts, the engine runs among faults and may be killed at any step,
 * then it heals, and every word that a user wrote and nobody deleted is in the files of both sides.
 */
export class MergeRound {
  readonly #options: Round<MergeTally> & MergeSimulatorOptions;
  readonly #log: (line: string) => void;
  readonly #time: VirtualTime;
  readonly #disks: Readonly<Record<Side, Disk>>;
  readonly #users: Readonly<Record<Side, TextUser>>;
  readonly #views = { source: new ClientView(), destination: new ClientView() };
  readonly #stateFiles = new StateFiles();
  readonly #ledger = new WordLedger();
  readonly #hasFaults: boolean;
  #count = 0;
  #usualSteps = 60;

  constructor(options: Round<MergeTally> & MergeSimulatorOptions) {
    const { random, trace } = options;
    this.#options = options;
    this.#log = (line) => trace.add(line);
    this.#time = new VirtualTime(random.fork('environment'));
    const now = (): number => this.#time.now();
    this.#disks = { source: new Disk({ now, name: 'source' }), destination: new Disk({ now, name: 'destination' }) };
    const user = (side: Side): TextUser => new TextUser({ side, disk: this.#disks[side], ledger: this.#ledger, log: this.#log });
    this.#users = { source: user('source'), destination: user('destination') };
    this.#hasFaults = random.fork('faults').chance(0.5);
  }

  async run(): Promise<void> {
    const random = this.#options.random.fork('acts');
    for (let acts = random.between(1, 5); acts > 0; acts--) this.#act(random.pick(SIDES), random);
    await this.#heal();
    for (let phase = random.between(1, 3); phase > 0; phase--) {
      for (let cycle = random.between(1, 3); cycle > 0; cycle--) {
        for (const side of SIDES) for (let acts = random.below(4); acts > 0; acts--) this.#act(side, random);
        await this.#cycle({ isDisturbed: true });
        checkNothingInvented(this.#disks, this.#ledger);
      }
      await this.#heal();
    }
  }

  #act(side: Side, random: Random): void {
    // Far enough apart that an mtime tells who was later.
    this.#time.advance(random.between(10, 10_000));
    this.#users[side].act(random);
    // What a user saved stays; only the engine's writes are lost in a power cut.
    this.#disks[side].flush();
  }

  #edit(side: Side, path: string, random: Random): void {
    this.#users[side].edit(path, random);
    this.#disks[side].flush();
  }

  /** Each disk by itself, as on two machines; the state is on one of them. */
  #cutPower(random: Random): void {
    this.#log('power cut');
    for (const side of SIDES) {
      if (!random.chance(0.5)) continue;
      this.#disks[side].crash(random);
      this.#options.tally.powerCuts++;
    }
    this.#stateFiles.crash(random);
  }

  /** Clean runs make everything good: then both sides are alike, hold every wanted word, and there is nothing left to do. */
  async #heal(): Promise<void> {
    this.#log('healing');
    const planned = await this.#cleanCycle({ dryRun: true });
    const done = await this.#cleanCycle({});
    if (planText(planned) !== planText(done)) throw new PairFailure('dry run is the plan', `${planText(planned)} / ${planText(done)}`);
    const { issues } = await this.#cleanCycle({});
    const failed = issues.filter((issue) => issue.severity === 'failed');
    if (failed.length > 0) throw new PairFailure('no failures after healing', JSON.stringify(failed));
    checkTexts(this.#disks, this.#ledger);
    const left = await this.#cleanCycle({ dryRun: true });
    if (left.actions.length > 0) throw new PairFailure('plan empty', planText(left));
    const changes = this.#stateFiles.changes;
    await this.#cleanCycle({});
    if (this.#stateFiles.changes !== changes) throw new PairFailure('state settled', 'a run with nothing to do wrote the state');
  }

  async #cleanCycle(config: SyncConfig): Promise<SyncResult> {
    const result = await this.#cycle({ isDisturbed: false, config });
    if (result === undefined) throw new PairFailure('no failures after healing', 'a run without faults ended with an error');
    return result;
  }

  /** @returns undefined when the engine died or could not begin */
  async #cycle({ isDisturbed, config = {} }: { isDisturbed: boolean; config?: SyncConfig }): Promise<SyncResult | undefined> {
    const { tally } = this.#options;
    const random = this.#options.random.fork(`cycle ${++this.#count}`);
    const step = (): number => random.between(1, this.#usualSteps + 10);
    const actsAt = isDisturbed && random.chance(0.4) ? step() : undefined;
    const process = new Process({
      time: this.#time,
      stepMs: () => random.next() * 3,
      diesAtStep: isDisturbed && random.chance(0.5) ? step() : undefined,
      onStep: (at) => at === actsAt && this.#act(random.pick(SIDES), random),
    });
    const rates = isDisturbed && this.#hasFaults ? FAULTS : {};
    const faults = [...SIDES, 'state'].map((label) => new Faults({ random: random.fork(label), rates }));
    if (this.#stateFiles.files.has('merges_underway.json') && !config.dryRun) tally.resumed++;
    const engine = new SyncEngine({
      environment: this.#time,
      pauseController: new SyncPauseController(),
      concurrencyLimits: { transfers: random.between(1, 5) },
    });
    const directory = new MemoryStateDirectory({ files: this.#stateFiles, faults: faults[2] as Faults, process, log: this.#log });
    const open = (side: Side, at: number): StrictStorage =>
      new StrictStorage({
        disk: this.#disks[side],
        url: side,
        faults: faults[at] as Faults,
        process,
        view: this.#views[side],
        canCopy: random.chance(0.5),
        outsider: { remove: () => undefined, edit: (path) => this.#edit(side, path, random) },
        log: this.#log,
      });
    const pair = {
      source: open('source', 0),
      destination: open('destination', 1),
      state: new SyncStateManager(directory),
      conflictResolution: 'auto-merge',
      agreedTexts: new AgreedTexts(directory, { hashBytes: async (bytes) => sha256(bytes) }),
      mergeBases: this.#options.bases?.(this.#disks),
    } as const;
    const run = engine.syncPair(pair, { maxDelete: 'off', ...config });
    const result = await this.#time.run(Promise.race([run.catch(expected), process.death.then(() => undefined)]));
    this.#time.clear();
    tally.cycles++;
    tally.faults += faults.flatMap(({ counts }) => Object.values(counts)).reduce((sum, count) => sum + count, 0);
    if (process.dead && random.chance(0.4)) this.#cutPower(random);
    if (process.dead) tally.deaths++;
    else this.#usualSteps = process.steps;
    if (!config.dryRun) {
      tally.merged += result?.statistics.merged ?? 0;
      tally.keptBoth += result?.conflicts.filter(({ outcome }) => outcome === 'both').length ?? 0;
    }
    this.#log(`cycle ends: ${process.dead ? 'the process died' : result === undefined ? 'an error' : planText(result)}`);
    return result;
  }
}

/** A run may fail as a whole when its state cannot be written; anything but a SyncError is a bug. */
function expected(error: unknown): undefined {
  if (SyncError.is(error)) return undefined;
  throw new PairFailure('engine never throws', error instanceof Error ? (error.stack ?? error.message) : String(error));
}

function planText({ actions }: SyncResult): string {
  return JSON.stringify(actions.map(({ type, path, from, reason }) => [type, from, path, reason]));
}
