import { SyncEngine, SyncError, SyncProgressTracker, type SyncResult, SyncStateManager } from '@cloudsync/engine';
import type { Random } from '../random.ts';
import { Disk } from '../strict-storage/disk.ts';
import { MemoryStateDirectory, StateFiles } from '../strict-storage/memory-state-directory.ts';
import { Process } from '../strict-storage/process.ts';
import { StrictStorage } from '../strict-storage/strict-storage.ts';
import type { Node } from '../strict-storage/tree.ts';
import { FolderUser } from '../vault-simulator/folder-user.ts';
import { contentsOf, viewOfDisk } from '../vault-simulator/vault-view.ts';
import { environmentOf } from './machine.ts';
import { MirrorFile } from './mirror-file.ts';
import type { OpenPair } from './open-pair.ts';
import type { Surroundings } from './surroundings.ts';

export interface DeviceOptions {
  readonly name: string;
  readonly key: string;
  readonly skewMs: number;
  readonly world: Surroundings;
  readonly random: Random;
}

/** More than travels inside a commit: chunks are asked for, sent, and packed. */
const LONG_BYTES = 70_000;
const PIECE_BYTES = 20_000;
/** An agent that is idle looks at everything again after so long. */
const IDLE_MS = 300_000;
/** What was unreachable is tried again after so long. */
const RETRY_MS = 10_000;
/** A watcher tells of a change after at most so long. */
const NOTICE_MS_MAX = 30;

/** A folder on a disk, its user, and the agent that keeps it the same as the workspace: processes come and go, the rest stays. */
export class Device {
  readonly name: string;
  readonly disk: Disk;
  readonly user: FolderUser;
  readonly #options: DeviceOptions;
  readonly #state = new StateFiles();
  readonly #mirror = new MirrorFile();
  #lives = 0;
  #process: Process | undefined;
  #pair: OpenPair | undefined;
  #loop: Promise<void> | undefined;
  #isStopping = false;
  /** Ends the wait for something to do. */
  #wake: PromiseWithResolvers<void> = Promise.withResolvers();
  /** Contents that were there when the present cycle began. */
  #atStart: readonly string[] = [];
  /** Paths that watchers told of; `everything`: nobody can say. */
  #pending: Set<string> | 'everything' = 'everything';

  constructor(options: DeviceOptions) {
    const { name, world } = options;
    this.name = name;
    this.#options = options;
    this.disk = new Disk({ now: world.time.now, name });
    this.user = new FolderUser(`user of ${name}`, this.disk, { ledger: world.ledger, longBytes: LONG_BYTES });
  }

  get isRunning(): boolean {
    return this.#process !== undefined && !this.#process.dead;
  }

  /** Starts the agent, or lets it go on: it opens its workspace and syncs whenever there is something to do. */
  start(): void {
    const process = this.#aliveProcess();
    this.#isStopping = false;
    const alive = this.#live(process);
    this.#loop = Promise.race([alive, process.death]);
  }

  /** Kills the agent wherever it is. `power`: the machine goes down, and what was not flushed may be undone. */
  kill({ power }: { readonly power: boolean }): void {
    const { world, random } = this.#options;
    this.#process?.kill();
    this.#pair = undefined;
    this.#distrust();
    if (!power) return;
    this.#state.crash(random);
    this.#mirror.crash(random);
    const { lostUserChanges } = this.disk.crash(random);
    if (lostUserChanges > 0) throw new TypeError('a user’s acts are flushed at once');
    world.trace.add(`${this.name} lost power`);
  }

  /** Lets the agent finish what it is doing, and then do nothing by itself. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#wake.resolve();
    await this.#loop;
    this.#loop = undefined;
  }

  /** The user acts, and the agent's watcher tells of it a moment later. */
  act(random: Random): boolean {
    const before = this.#nodes();
    const done = this.user.act(random);
    if (done === undefined) return false;
    this.disk.flush();
    const { trace, time } = this.#options.world;
    trace.add(done);
    const paths = changedPaths(before, this.#nodes());
    void time.pass(random.next() * NOTICE_MS_MAX).then(() => this.#noticed(paths));
    return true;
  }

  /** One cycle over everything, as `cloudsync sync` does it: with all that the server has by now. */
  async syncNow(): Promise<SyncResult> {
    const process = this.#aliveProcess();
    const pair = await this.#open(process);
    await pair.live.refresh();
    return this.#cycle(process, undefined);
  }

  /** Closes what is open; nothing runs afterwards. */
  async close(): Promise<void> {
    await this.#pair?.live.close();
    this.#pair = undefined;
    this.#process?.kill();
  }

  #aliveProcess(): Process {
    if (this.#process !== undefined && !this.#process.dead) return this.#process;
    const { world, random } = this.#options;
    const own = random.fork(`life ${++this.#lives}`);
    this.#process = new Process({ time: world.time, stepMs: () => own.next() * 2 });
    this.#pair = undefined;
    this.#pending = 'everything';
    return this.#process;
  }

  async #live(process: Process): Promise<void> {
    const { world } = this.#options;
    while (!this.#isStopping && !process.dead) {
      this.#wake = Promise.withResolvers();
      let waitMs = IDLE_MS;
      try {
        await this.#open(process);
        if (process.dead) return;
        if (this.#pending === 'everything' || this.#pending.size > 0) await this.#cycle(process, this.#takePending());
        if (this.#pending !== 'everything' && this.#pending.size > 0) continue;
      } catch (error) {
        if (!SyncError.is(error)) throw world.thrown(error);
        if (!error.retryable) world.trace.add(`${this.name}: ${error.code} ${error.message}`);
        this.#pending = 'everything';
        waitMs = RETRY_MS;
      }
      if (this.#isStopping) return;
      await Promise.race([this.#wake.promise, process.pause(waitMs).then(() => this.#noticed(undefined))]);
    }
  }

  async #open(process: Process): Promise<OpenPair> {
    if (this.#pair !== undefined) return this.#pair;
    const { world, random, key, skewMs, name } = this.#options;
    const live = await world.openWorkspace({
      device: name,
      key,
      process,
      mirror: this.#mirror.for(process),
      environment: environmentOf(process, { time: world.time, random: random.fork(`dice ${this.#lives}`), skewMs }),
    });
    await live.watch(({ paths }) => this.#noticed(paths));
    await process.step('workspace is open');
    const folder = new StrictStorage({ disk: this.disk, url: name, process, pieceBytes: PIECE_BYTES });
    const pair = { folder, workspace: live, live };
    this.#pair = { ...pair, ...world.plant?.connect?.(pair, this.disk) };
    return this.#pair;
  }

  async #cycle(process: Process, only: readonly string[] | undefined): Promise<SyncResult> {
    const { world, random, skewMs } = this.#options;
    const { folder, workspace } = this.#pair as OpenPair;
    this.#atStart = contentsOf(viewOfDisk(this.disk));
    const progressTracker = new SyncProgressTracker((event) => {
      if (event.type !== 'conflict') return;
      for (const entry of [event.conflict.source, event.conflict.destination]) world.ledger.contested(entry?.hash);
    });
    const environment = environmentOf(process, { time: world.time, random: random.fork(`cycle dice ${process.steps}`), skewMs });
    const engine = new SyncEngine({ environment, progressTracker });
    const state = new SyncStateManager(new MemoryStateDirectory({ files: this.#state, process }));
    const conflictResolution = world.plant?.resolution ?? world.scenario.conflictResolution;
    const replicas = { source: this.name, destination: 'server' };
    try {
      const result = await engine.syncPair(
        { source: folder, destination: workspace, state, conflictResolution, replicas },
        { maxDelete: 'off', ...(only === undefined ? {} : { only }) },
      );
      if (result.issues.some(({ severity }) => severity === 'failed')) this.#failed();
      world.cycled(this.name, { result, error: undefined, only });
      return result;
    } catch (error) {
      this.#failed();
      if (SyncError.is(error)) world.cycled(this.name, { result: undefined, error, only });
      throw error;
    }
  }

  #failed(): void {
    this.#pending = 'everything';
    this.#distrust();
  }

  /**
   * A cycle came to no good end: what it brought into the folder, its state may not know. When the user does away with that, nobody can
   * tell it from something that was never there.
   */
  #distrust(): void {
    for (const content of [...this.#atStart, ...contentsOf(viewOfDisk(this.disk))]) this.#options.world.ledger.touched.add(content);
  }

  #takePending(): readonly string[] | undefined {
    const pending = this.#pending;
    this.#pending = new Set();
    return pending === 'everything' ? undefined : [...pending];
  }

  #nodes(): Map<string, Node> {
    return new Map([...this.disk.all()].map(({ path, node }) => [path, node]));
  }

  #noticed(paths: readonly string[] | undefined): void {
    if (paths === undefined) this.#pending = 'everything';
    else if (this.#pending !== 'everything') for (const path of paths) this.#pending.add(path);
    this.#wake.resolve();
  }
}

/** What a watcher would tell: everything that is not the same node at the same path any more. */
function changedPaths(before: ReadonlyMap<string, Node>, after: ReadonlyMap<string, Node>): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((path) => before.get(path) !== after.get(path));
}
