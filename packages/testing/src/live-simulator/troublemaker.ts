import type { Random } from '../random.ts';
import type { Round } from '../simulation/simulator.ts';
import type { Told } from './history-watch.ts';
import { TROUBLES, type Trouble } from './live-scenario.ts';
import type { LiveTally } from './live-tally.ts';
import type { LiveWorld } from './live-world.ts';
import { Rights } from './rights.ts';
import type { ServerBackup } from './server-files.ts';

const DOWN_MS_MAX = 60_000;
const PARTITION_MS_MAX = 120_000;
/** Promise reactions and turns of the event loop that a server lives on after the frame that it dies of. */
const HOPS_MAX = 60;
const TURNS_MAX = 4;

/** Makes everything go wrong that can, and makes it good again. */
export class Troublemaker {
  readonly #world: LiveWorld;
  readonly #round: Round<LiveTally>;
  readonly #rights: Rights;
  readonly #backups: { readonly backup: ServerBackup; readonly told: Told }[] = [];
  /** Starts and ends that are still to come, in virtual time. */
  readonly #pending = new Set<Promise<void>>();
  #count = 0;

  constructor(world: LiveWorld, round: Round<LiveTally>) {
    this.#world = world;
    this.#round = round;
    this.#rights = new Rights(world);
  }

  async startServer(): Promise<void> {
    const { server, network } = this.#world;
    network.listener = await server.start();
    this.#world.trace.add('the server runs');
  }

  /** Perhaps makes trouble of each kind. */
  async make(random: Random): Promise<void> {
    const { trouble } = this.#world.scenario;
    if (random.chance(0.2)) this.#backUp();
    for (const kind of TROUBLES) {
      const own = random.fork(`trouble ${++this.#count}`);
      if (!own.chance(trouble[kind]) || !this.#round.choices.permit(`${kind} ${this.#count}`)) continue;
      if (await this.#make(kind, own)) this.#round.tally.countTrouble(kind);
    }
  }

  /** Everything runs again. */
  async end(): Promise<void> {
    const { network, server, devices } = this.#world;
    while (this.#pending.size > 0) await Promise.all(this.#pending);
    network.onServerFrame = undefined;
    network.calm();
    await this.#spoil();
    if (server.listener === undefined) await this.startServer();
    await this.#rights.giveBack();
    for (const device of devices) if (!device.isRunning) device.start();
  }

  /** A planted bug of the server's data. */
  async #spoil(): Promise<void> {
    const { plant, server, network } = this.#world;
    if (plant?.spoil === undefined) return;
    network.listener = undefined;
    server.kill(undefined);
    network.cutAll('cut');
    plant.spoil(server.files.folder);
  }

  async #make(kind: Trouble, random: Random): Promise<boolean> {
    const { devices, network, server } = this.#world;
    const device = random.pick(devices);
    switch (kind) {
      case 'cut':
      case 'vanish':
        return network.cut(device.name, kind);
      case 'partition':
        network.part(device.name);
        this.#later(random.next() * PARTITION_MS_MAX, async () => network.join(device.name));
        return true;
      case 'kill-device':
        if (!device.isRunning) return false;
        device.kill({ power: random.chance(0.4) });
        network.cut(device.name, random.chance(0.5) ? 'cut' : 'vanish');
        this.#world.trace.add(`${device.name} was killed`);
        this.#later(random.next() * DOWN_MS_MAX, async () => device.start());
        return true;
      case 'kill-server':
        return this.#killServer(random);
      case 'kill-server-inside':
        network.onServerFrame = () => this.#dieInside(random);
        return true;
      case 'restore':
        return this.#restore(random);
      case 'rights':
        return server.listener !== undefined && (await this.#rights.change(random));
      case 'maintain':
        if (server.listener === undefined) return false;
        void server.workspaces.maintain().catch((error: unknown) => this.#world.thrown(error));
        return true;
    }
  }

  #killServer(random: Random, downMsMax = DOWN_MS_MAX): boolean {
    const { server, network } = this.#world;
    if (server.listener === undefined) return false;
    const power = random.chance(0.4);
    network.listener = undefined;
    server.kill(power ? random : undefined);
    network.cutAll(power ? 'vanish' : 'cut');
    this.#world.trace.add(power ? 'the server lost power' : 'the server was killed');
    this.#later(random.next() * downMsMax, () => this.startServer());
    return true;
  }

  /** The server dies somewhere in what it does about a frame. */
  #dieInside(random: Random): void {
    this.#world.network.onServerFrame = undefined;
    const [turns, hops] = [random.below(TURNS_MAX), random.below(HOPS_MAX)];
    const die = async (): Promise<void> => {
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
      for (let hop = 0; hop < hops; hop++) await Promise.resolve();
      if (this.#killServer(random)) this.#round.tally.countTrouble('killed inside');
    };
    this.#track(die());
  }

  #backUp(): void {
    const { server, history } = this.#world;
    if (server.listener === undefined) return;
    this.#backups.push({ backup: server.backup(), told: history.told });
  }

  /** The server's disk is an older one now. */
  async #restore(random: Random): Promise<boolean> {
    const { server, network, ledger, history, trace } = this.#world;
    if (this.#backups.length === 0 || server.listener === undefined) return false;
    const { backup, told } = random.pick(this.#backups);
    network.listener = undefined;
    server.kill(undefined);
    network.cutAll('cut');
    server.restore(backup);
    history.restored(told);
    for (const content of ledger.written) ledger.touched.add(content);
    this.#world.wasRestored = true;
    await this.startServer();
    trace.add(`the server is as it was at ${server.workspace.head}`);
    return true;
  }

  #later(ms: number, work: () => Promise<void>): void {
    this.#track(this.#world.time.pass(ms).then(work));
  }

  #track(work: Promise<void>): void {
    const tracked = work.catch((error: unknown) => void this.#world.thrown(error)).finally(() => this.#pending.delete(tracked));
    this.#pending.add(tracked);
  }
}
