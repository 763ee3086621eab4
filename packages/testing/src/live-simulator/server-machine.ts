import { setImmediate } from 'node:timers/promises';
import { Access, DeviceSocket, SocketHub, type Workspace, Workspaces } from '@cloudsync/server';
import { FaultyBlobStore } from '../blob-store-contract/faulty-blob-store.ts';
import type { Random } from '../random.ts';
import { Process } from '../strict-storage/process.ts';
import { environmentOf, type MachineOptions } from './machine.ts';
import type { Listener } from './network.ts';
import { type ServerBackup, ServerFiles } from './server-files.ts';

export interface ServerMachineOptions extends MachineOptions {
  /** Files of a server that has users, keys and the workspace. */
  readonly template: ReadonlyMap<string, Uint8Array>;
  readonly workspace: string;
  /** What the server says about itself that is not right. */
  readonly onProblem: (problem: string) => void;
}

/** A corpse that does not let go in so many turns of the event loop never does. */
const CLOSING_TURNS = 10;

/** One life of the server. */
interface Life extends Listener {
  readonly workspaces: Workspaces;
  readonly access: Access;
}

/** The machine that the server runs on: its disk stays, the process comes and goes. */
export class ServerMachine {
  readonly files: ServerFiles;
  readonly #options: ServerMachineOptions;
  #life: Life | undefined;
  /** Killed in the middle of something, which they may still hold. */
  readonly #corpses: Life[] = [];
  #lives = 0;

  constructor(options: ServerMachineOptions) {
    this.#options = options;
    this.files = new ServerFiles(options.template, options.time.now);
  }

  get listener(): Listener | undefined {
    return this.#life;
  }

  /** What the server knows, asked beside the network. */
  get workspace(): Workspace {
    if (this.#life === undefined) throw new TypeError('the server does not run');
    return this.#life.workspaces.get(this.#options.workspace);
  }

  get access(): Access {
    if (this.#life === undefined) throw new TypeError('the server does not run');
    return this.#life.access;
  }

  get workspaces(): Workspaces {
    if (this.#life === undefined) throw new TypeError('the server does not run');
    return this.#life.workspaces;
  }

  async start(): Promise<Listener> {
    const { time, random } = this.#options;
    const own = random.fork(`life ${++this.#lives}`);
    const process = new Process({ time, stepMs: () => own.next() });
    const environment = environmentOf(process, { ...this.#options, random: own });
    const randomBytes = (count: number): Uint8Array => Uint8Array.from({ length: count }, () => own.below(256));
    // A corpse has no problems.
    const onProblem = (error: unknown): void => {
      if (!process.dead) this.#options.onProblem(textOf(error));
    };
    const workspaces = await Workspaces.open({
      data: this.files.folder,
      blobs: (workspace) => new FaultyBlobStore({ disk: this.files.blobs(workspace), process, random: own }),
      now: environment.now,
      randomBytes,
      turn: () => process.step('turn'),
      onError: onProblem,
    });
    const access = new Access({ database: workspaces.database.kysely, now: environment.now, randomBytes });
    const hub = new SocketHub({ workspaces, access, environment });
    this.#life = {
      process,
      workspaces,
      access,
      accept: (channel) =>
        void new DeviceSocket({
          channel,
          workspaces,
          access,
          hub,
          environment,
          address: '127.0.0.1',
          onDefect: onProblem,
        }),
    };
    return this.#life;
  }

  /** Ends the process wherever it is. @param random when given, the power fails: blobs that were not flushed may be undone */
  kill(random: Random | undefined): void {
    const life = this.#life;
    if (life === undefined) return;
    this.#life = undefined;
    life.process.kill();
    this.files.abandon();
    if (random !== undefined) for (const disk of this.files.allBlobs()) disk.powerCut(random);
    this.#corpses.push(life);
  }

  backup(): ServerBackup {
    return this.files.backup();
  }

  /** The disk is an older one now. The server must not run. */
  restore(backup: ServerBackup): void {
    this.files.restore(backup);
  }

  /** When nothing runs any more: gives back what corpses hold, and removes all files. */
  async remove(): Promise<void> {
    this.kill(undefined);
    for (const { workspaces } of this.#corpses) await Promise.race([workspaces.close(), turns(CLOSING_TURNS)]).catch(() => undefined);
    this.files.remove();
  }
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await setImmediate();
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
