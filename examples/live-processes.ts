import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const COMMAND = fileURLToPath(new URL('../packages/cli/bin/cloudsync.js', import.meta.url));

/** A change as `cloudsync start --json` tells of it (docs/formats/agent.md). */
export interface AgentEvent {
  readonly type: 'change';
  readonly action: string;
  readonly path: string;
  readonly text: string;
  readonly noticedMs?: number;
  readonly doneMs: number;
}

interface StatusEvent {
  readonly type: 'status';
  readonly links: readonly { readonly state: string; readonly message?: string }[];
}

/** `cloudsync serve` while it runs. */
export interface LiveServer extends AsyncDisposable {
  readonly url: string;
  readonly ownerKeyFile: string;
  readonly ended: Promise<unknown>;
}

/** A server with its data in a folder, on any free port. */
export async function startServer(data: string): Promise<LiveServer> {
  const ownerKeyFile = join(dirname(data), 'owner.key');
  const child = start(['serve', '--data', data, '--port', '0', '--owner-key-file', ownerKeyFile]);
  for await (const line of linesOf(child)) {
    const [, url] = /^CloudSync serves (\S+)$/.exec(line) ?? [];
    if (url !== undefined) return { url, ownerKeyFile, ended: once(child, 'exit'), [Symbol.asyncDispose]: () => end(child) };
  }
  throw new Error('the server ended before it served');
}

export interface DeviceOptions {
  readonly name: string;
  readonly folder: string;
  /** Its CLOUDSYNC_HOME. */
  readonly home: string;
  readonly server: LiveServer;
}

/** A device that is logged in and keeps one folder in sync: `cloudsync start` while it runs. */
export class LiveDevice implements AsyncDisposable {
  readonly name: string;
  readonly folder: string;
  readonly ended: Promise<unknown>;
  onChange: (event: AgentEvent) => void = () => undefined;
  readonly #agent: ChildProcess;

  private constructor({ name, folder }: DeviceOptions, agent: ChildProcess) {
    this.name = name;
    this.folder = folder;
    this.#agent = agent;
    this.ended = once(agent, 'exit');
  }

  /** Resolves when the folder is in sync for the first time. */
  static async start(options: DeviceOptions): Promise<LiveDevice> {
    const { folder, home, server } = options;
    const env = { CLOUDSYNC_HOME: home };
    mkdirSync(folder, { recursive: true });
    await run(['login', '--endpoint', server.url, '--api-key-file', server.ownerKeyFile], env);
    await run(['link', folder, 'notes', '--create'], env);
    const device = new LiveDevice(options, start(['start', '--json'], env));
    await device.#follow();
    return device;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return end(this.#agent);
  }

  async #follow(): Promise<void> {
    const ready = Promise.withResolvers<void>();
    const read = async (): Promise<void> => {
      for await (const line of linesOf(this.#agent)) {
        const event = JSON.parse(line) as AgentEvent | StatusEvent;
        if (event.type === 'change') this.onChange(event);
        else if (event.links.every(({ state }) => state === 'in-sync')) ready.resolve();
      }
      ready.reject(new Error(`${this.name}: the agent ended before its first sync was done`));
    };
    void read().catch(ready.reject);
    await ready.promise;
  }
}

function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  return spawn(process.execPath, [COMMAND, ...args], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
}

async function run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<void> {
  const child = spawn(process.execPath, [COMMAND, ...args], { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] });
  let problems = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    problems += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`cloudsync ${args.join(' ')} ended with ${code}: ${problems}`);
}

async function* linesOf(child: ChildProcess): AsyncGenerator<string> {
  if (child.stdout !== null) yield* createInterface({ input: child.stdout });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
