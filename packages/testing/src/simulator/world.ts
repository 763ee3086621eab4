import {
  type ConflictAnswer,
  IgnoreRules,
  isWithin,
  nameKey,
  otherSide,
  type Side,
  type SyncConfig,
  type SyncPair,
  SyncStateManager,
  whyNotAllowed,
} from '@cloudsync/engine';
import type { Random } from '../random.ts';
import type { Choices } from '../simulation/choices.ts';
import type { Trace } from '../simulation/trace.ts';
import { ClientView } from '../strict-storage/client-view.ts';
import { Disk } from '../strict-storage/disk.ts';
import { Faults } from '../strict-storage/faults.ts';
import { MemoryStateDirectory, StateFiles } from '../strict-storage/memory-state-directory.ts';
import type { Process } from '../strict-storage/process.ts';
import { StrictStorage } from '../strict-storage/strict-storage.ts';
import type { FolderNode } from '../strict-storage/tree.ts';
import { VirtualTime } from '../virtual-time.ts';
import { Contents } from './contents.ts';
import { Intents } from './intents.ts';
import { Ledger } from './ledger.ts';
import type { Plant } from './plants.ts';
import { giverOf, type Scenario } from './scenario.ts';
import { type Move, User } from './user.ts';
import { ACT_WEIGHTS, type ActTools, USER_ACTS, type UserActName } from './user-acts.ts';
import { Hiding, rulesOf } from './view.ts';

export const SIDES = ['source', 'destination'] as const;

export interface WorldOptions {
  readonly random: Random;
  readonly scenario: Scenario;
  readonly choices: Choices;
  readonly trace: Trace;
  readonly plant: Plant | undefined;
}

/** Storages and state as one run of the engine sees them. */
export interface Connection {
  readonly pair: SyncPair;
  readonly storages: Readonly<Record<Side, StrictStorage>>;
  readonly faults: readonly Faults[];
}

/** Two disks, their users, the state files and the clock: what there is besides the engine. */
export class World {
  readonly scenario: Scenario;
  readonly time: VirtualTime;
  readonly disks: Readonly<Record<Side, Disk>>;
  readonly users: Readonly<Record<Side, User>>;
  readonly stateFiles = new StateFiles();
  /** Somebody damaged the state files; nothing can be asked of them until the engine has healed. */
  stateIsDamaged = false;
  readonly ledger: Ledger;
  readonly intents: Intents;
  readonly trace: Trace;
  /** A power cut undid what users did: what the engine did for them meanwhile has no reason any more. */
  wasUndone = false;
  /** Everything that a user moved, in order. */
  readonly moves: Move[] = [];
  /** How each disk was at moments when both sides were equal. */
  readonly backups: Readonly<Record<Side, FolderNode[]>>;
  readonly acts: Partial<Record<UserActName, number>> = {};
  readonly #options: WorldOptions;
  readonly #contents: Contents;
  readonly #views: Record<Side, ClientView>;
  #actCount = 0;

  constructor(options: WorldOptions) {
    const { scenario, random, plant } = options;
    this.#options = options;
    this.scenario = scenario;
    this.trace = options.trace;
    this.time = new VirtualTime(random.fork('environment'));
    const makeDisk = (side: Side): Disk => {
      const about = { traits: scenario.sides[side].traits, now: () => this.time.now(), name: side };
      return plant?.makeDisk?.(about) ?? new Disk(about);
    };
    this.disks = { source: makeDisk('source'), destination: makeDisk('destination') };
    this.backups = { source: [this.disks.source.tree], destination: [this.disks.destination.tree] };
    const patterns = new Hiding([new IgnoreRules(scenario.ignore)], this.isLoose);
    this.intents = new Intents((path) => this.keyOf(path));
    this.ledger = new Ledger(this.disks, (path) => patterns.hides(path, false));
    const makeUser = (side: Side): User =>
      new User({
        side,
        disk: this.disks[side],
        ledger: this.ledger,
        intents: this.intents,
        patterns,
        onMove: (move) => this.moves.push(move),
      });
    this.users = { source: makeUser('source'), destination: makeUser('destination') };
    this.#views = { source: new ClientView(), destination: new ClientView() };
    this.#contents = new Contents(scenario.withoutHashes);
  }

  /** A user of a side does something, unless there is nothing to do it to. */
  act(side: Side): void {
    const random = this.#options.random.fork(`act ${++this.#actCount}`);
    if (!this.#options.choices.permit(`act ${this.#actCount} at the ${side}`)) return;
    const tools = this.#tools(random);
    const name = random.weighted(ACT_WEIGHTS);
    tools.tick();
    const done = USER_ACTS[name](this.users[side], tools);
    if (done === undefined) return;
    this.acts[name] = (this.acts[name] ?? 0) + 1;
    this.trace.add(`user at the ${side}: ${name} ${JSON.stringify(done)}`);
  }

  /** Both users make the same thing without knowing of each other. */
  actAlike(): void {
    const random = this.#options.random.fork(`act ${++this.#actCount}`);
    if (!this.#options.choices.permit(`act ${this.#actCount} on both sides`)) return;
    const path = random.pick(this.scenario.names);
    this.#tools(random).tick();
    const text = this.#contents.fresh('both', random);
    const mtimeMs = this.time.now();
    const isFree = (side: Side): boolean =>
      this.disks[side].find(path) === undefined && whyNotAllowed(this.disks[side].traits.names, path) === undefined;
    if (!SIDES.every(isFree)) return;
    for (const side of SIDES) this.users[side].write(path, text, { mtimeMs });
    this.trace.add(`both users write ${JSON.stringify(path)}`);
  }

  /** Somebody saves or deletes a file at the very moment when the engine reads it. */
  interfere(side: Side, path: string, what: 'remove' | 'edit'): void {
    const user = this.users[side];
    if (user.disk.find(path)?.node.kind !== 'file') return;
    this.#tools(this.#options.random).tick();
    if (what === 'remove') user.remove(path);
    else
      user.write(
        path,
        `${path.endsWith('.syncignore') ? '# ' : ''}${this.#contents.fresh(side, this.#options.random.fork(`interfere ${this.#actCount++}`))}`,
      );
    this.trace.add(`user at the ${side}: ${what} ${JSON.stringify(path)} while it is used`);
  }

  /** Opens everything for one run of the engine. */
  connect({ process, random, faulty }: { process: Process; random: Random; faulty: boolean }): Connection {
    const { scenario, choices, plant } = this.#options;
    const rates = faulty ? scenario.faults : {};
    const makeFaults = (label: string): Faults =>
      new Faults({ random: random.fork(label), rates, permit: (kind) => choices.permit(`${kind} at the ${label}`) });
    const faults = { source: makeFaults('source'), destination: makeFaults('destination'), state: makeFaults('state') };
    const log = (line: string): void => this.trace.add(line);
    const open = (side: Side): StrictStorage =>
      new StrictStorage({
        ...scenario.sides[side].storage,
        disk: this.disks[side],
        url: side,
        faults: faults[side],
        process,
        view: this.#views[side],
        outsider: { remove: (path) => this.interfere(side, path, 'remove'), edit: (path) => this.interfere(side, path, 'edit') },
        log,
      });
    const storages = { source: open('source'), destination: open('destination') };
    const directory = new MemoryStateDirectory({ files: this.stateFiles, faults: faults.state, process, log });
    const planted = plant?.connect?.({ storages, directory, disks: this.disks }) ?? {};
    const pair: SyncPair = {
      source: planted.source ?? storages.source,
      destination: planted.destination ?? storages.destination,
      state: new SyncStateManager(planted.directory ?? directory),
      syncMode: scenario.mode,
      conflictResolution: scenario.resolution,
      ignore: scenario.ignore,
    };
    return { pair, storages, faults: Object.values(faults) };
  }

  /** Another disk is in this one's place; nobody has seen it yet. */
  swapDisk(side: Side, tree: FolderNode): void {
    this.disks[side].replaceWith(tree);
    this.#views[side] = new ClientView();
  }

  /** A power cut took back some of what users did. */
  undoneByPowerCut(): void {
    this.wasUndone = true;
    this.intents.spoil('a power cut undid what users did');
  }

  /** A side cannot tell composed from decomposed names. */
  get isLoose(): boolean {
    return SIDES.some((side) => !this.disks[side].traits.names.unicodeSensitive);
  }

  /** The ignore rules in force now. */
  get hiding(): Hiding {
    return new Hiding(
      SIDES.map((side) => rulesOf(this.disks[side], this.scenario.ignore)),
      this.isLoose,
    );
  }

  /** What a path is called under the name rules of both sides together. */
  keyOf(path: string): string {
    return nameKey(this.disks.destination.traits.names, nameKey(this.disks.source.traits.names, path));
  }

  /** Whether the receiver's own user of a one-way mode ever did something at the path, above it or below it. */
  touchedByReceiver(path: string): boolean {
    const giver = giverOf(this.scenario.mode);
    if (giver === undefined || this.wasUndone) return giver !== undefined;
    const key = this.keyOf(path);
    return [...this.users[otherSide(giver)].everTouched].some((touched) => {
      const other = this.keyOf(touched);
      return isWithin(other, key) || isWithin(key, other);
    });
  }

  /** The part of the configuration that the scenario fixes. */
  get config(): SyncConfig {
    const { comparison, initial, maxDelete } = this.scenario;
    return { comparisonMode: comparison, initial, maxDelete };
  }

  /** A user's answer to a conflict: any, but the same each time he is asked. */
  answer(path: string, random: Random): ConflictAnswer {
    const answer = random.fork(`answer ${path}`).pick(['source', 'destination', 'both', 'merge'] as const);
    if (answer !== 'merge') return answer;
    const text = `merged ${path} ${random.fork(`merge ${path}`).below(1_000_000)}\n`;
    this.ledger.known.add(text);
    this.ledger.everVisible.add(text);
    return { merged: new TextEncoder().encode(text) };
  }

  #tools(random: Random): ActTools {
    const { scenario } = this.#options;
    // Where nothing but size and mtime tells versions apart, edits must be apart in time.
    const isSlow = scenario.withoutHashes || SIDES.some((each) => scenario.sides[each].traits.versions === 'none');
    return {
      random,
      contents: this.#contents,
      tick: () => this.time.advance(isSlow ? random.between(5000, 60_000) : random.pick([1, 40, 900, 2500, 60_000])),
      now: () => this.time.now(),
      names: scenario.names,
      mayBeSneaky: !isSlow,
      mayKeepSize: scenario.comparison !== 'size-only',
      mayTouch: !isSlow,
      mayIgnore: scenario.ignoreFiles,
    };
  }
}
