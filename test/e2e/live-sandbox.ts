import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { AgentStatus, LinkStatus } from '../../packages/cli/src/agent/control/messages.ts';
import { type Ended, RunningCommand } from './run-cloudsync.ts';

/** A server and devices, each a real process with a home of its own; gone after each test, whatever happened. */
export interface LiveSandbox {
  readonly dir: string;
  readonly server: LiveServer;
  device(name: string): LiveDevice;
}

export function useLiveSandbox(): LiveSandbox {
  let dir = '';
  let server: LiveServer;
  let devices: LiveDevice[] = [];
  beforeEach(() => {
    dir = realpathSync(mkdtempSync(join(tmpdir(), 'cloudsync-live-')));
    server = new LiveServer(dir);
    devices = [];
  });
  afterEach(async () => {
    for (const device of devices) device.kill();
    await server.kill();
    execFileSync('rm', ['-rf', dir]);
  });
  return {
    get dir() {
      return dir;
    },
    get server() {
      return server;
    },
    device: (name) => {
      const device = new LiveDevice(name, dir, server);
      devices.push(device);
      return device;
    },
  };
}

/** `cloudsync serve`, on the port that it got at its first start. */
export class LiveServer {
  readonly ownerKeyFile: string;
  readonly #data: string;
  readonly #dir: string;
  #running: RunningCommand | undefined;
  #url = '';

  constructor(dir: string) {
    this.#dir = dir;
    this.#data = join(dir, 'server');
    this.ownerKeyFile = join(dir, 'owner.key');
  }

  get url(): string {
    return this.#url;
  }

  async start(...options: string[]): Promise<void> {
    const port = this.#url === '' ? '0' : new URL(this.#url).port;
    const args = ['serve', '--data', this.#data, '--port', port, '--owner-key-file', this.ownerKeyFile, ...options];
    this.#running = new RunningCommand(args, { cwd: this.#dir, env: { CLOUDSYNC_HOME: join(this.#dir, 'server-home') } });
    for await (const line of this.#running.lines()) {
      const [, url] = /^CloudSync serves (\S+)$/.exec(line) ?? [];
      if (url === undefined) continue;
      this.#url = url;
      return;
    }
    throw new Error(`the server ended before it served: ${(await this.#running.ended).stderr}`);
  }

  /** As Ctrl-C does. */
  async stop(): Promise<Ended | undefined> {
    this.#running?.process.kill('SIGINT');
    return await this.#running?.ended;
  }

  /** As a power cut does. */
  async kill(): Promise<void> {
    this.#running?.process.kill('SIGKILL');
    await this.#running?.ended;
  }
}

/** A device that keeps the workspace `team` in a folder of its name. */
export class LiveDevice {
  readonly name: string;
  readonly folder: string;
  readonly #dir: string;
  readonly #server: LiveServer;
  /** Its CLOUDSYNC_HOME. */
  readonly home: string;
  readonly #begun: RunningCommand[] = [];
  #watch: RunningCommand | undefined;
  #status: AgentStatus | undefined;
  #changed = Promise.withResolvers<void>();

  constructor(name: string, dir: string, server: LiveServer) {
    this.name = name;
    this.folder = join(dir, name);
    this.#dir = dir;
    this.#server = server;
    this.home = join(dir, `${name}-home`);
    mkdirSync(this.folder);
  }

  /** Runs a command to its end, in the device's folder. */
  async run(...args: string[]): Promise<Ended> {
    return await this.#command(args).ended;
  }

  /** Starts a command; it ends with the test if not before. */
  begin(...args: string[]): RunningCommand {
    const command = this.#command(args);
    this.#begun.push(command);
    return command;
  }

  /** Runs one that has to succeed. @returns what it printed */
  async must(...args: string[]): Promise<string> {
    return await this.mustWith({}, ...args);
  }

  /** The same with more environment. */
  async mustWith(env: Readonly<Record<string, string>>, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.#command(args, env).ended;
    if (code !== 0) throw new Error(`cloudsync ${args.join(' ')} ended with ${code}: ${stdout}${stderr}`);
    return stdout;
  }

  async login(): Promise<void> {
    await this.must('login', '--endpoint', this.#server.url, '--api-key-file', this.#server.ownerKeyFile);
  }

  /** Starts the agent and follows its status. */
  async start(): Promise<Ended> {
    const ended = await this.run('start', '--detach');
    this.#watch = this.#command(['status', '--watch', '--json']);
    void this.#follow(this.#watch);
    return ended;
  }

  async stop(): Promise<void> {
    await this.must('stop');
    await this.#watch?.ended;
    this.#status = undefined;
  }

  /** As a power cut does. */
  kill(): void {
    const holder = join(this.home, 'agent-lock/lock-holder.json');
    for (const command of [...this.#begun, this.#watch]) command?.process.kill('SIGKILL');
    if (!existsSync(holder)) return;
    try {
      process.kill((JSON.parse(readFileSync(holder, 'utf8')) as { pid: number }).pid, 'SIGKILL');
    } catch {
      // It has ended already.
    }
  }

  /** Resolves with the next status that the agent tells. */
  get changed(): Promise<void> {
    return this.#changed.promise;
  }

  /** The link as the agent told of it last. */
  get link(): LinkStatus | undefined {
    return this.#status?.links[0];
  }

  #command(args: readonly string[], env: Readonly<Record<string, string>> = {}): RunningCommand {
    const cwd = existsSync(this.folder) ? this.folder : this.#dir;
    return new RunningCommand(args, { cwd, env: { CLOUDSYNC_HOME: this.home, ...env } });
  }

  async #follow(watch: RunningCommand): Promise<void> {
    for await (const line of watch.lines()) {
      this.#status = JSON.parse(line) as AgentStatus;
      this.#changed.resolve();
      this.#changed = Promise.withResolvers();
    }
  }
}

/** Looks whenever one of the devices tells something new, until it is so. */
export async function until(devices: readonly LiveDevice[], isSo: () => boolean): Promise<void> {
  for (;;) {
    const changed = devices.map((device) => device.changed);
    if (isSo()) return;
    await Promise.race(changed);
  }
}
