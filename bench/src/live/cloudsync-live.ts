import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cloudsync, ourselves } from '../cloudsync.ts';
import { measure } from '../measure.ts';
import { Daemon } from './daemon.ts';
import { freePort } from './free-port.ts';
import type { LivePair, LivePlaces, LiveTool } from './live-tool.ts';

const WORKSPACE = 'bench';

/** A server and the agents of two devices, as the README starts them. */
export function ourLiveTool(): LiveTool {
  return {
    ...ourselves(),
    how: 'cloudsync serve; on each device login, link, start',
    note: 'everything flushed to disk on the server and on both devices, each version kept',
    start,
  };
}

async function start({ a, b, state }: LivePlaces): Promise<LivePair> {
  const isFirst = !existsSync(state);
  mkdirSync(state, { recursive: true });
  const port = isFirst ? await freePort() : Number(readFileSync(join(state, 'port'), 'utf8'));
  writeFileSync(join(state, 'port'), `${port}`);
  const server = await startServer(state, port);
  const agents: Daemon[] = [];
  for (const [name, folder] of [
    ['a', a],
    ['b', b],
  ] as const) {
    const home = join(state, name);
    if (isFirst) await joinWorkspace({ home, folder, port, keyFile: join(state, 'owner-key') });
    agents.push(await startAgent(name, home));
  }
  return {
    daemons: [server, ...agents],
    wirePorts: [port],
    stop: async () => {
      for (const daemon of [...agents, server]) await daemon.stop();
    },
  };
}

async function startServer(state: string, port: number): Promise<Daemon> {
  const argv = ['serve', '--data', join(state, 'server'), '--port', `${port}`, '--owner-key-file', join(state, 'owner-key')];
  const server = new Daemon('server', cloudsync(argv, { state: join(state, 'server-home') }));
  await server.line(/serves? http/);
  return server;
}

async function joinWorkspace(device: { home: string; folder: string; port: number; keyFile: string }): Promise<void> {
  const { home, folder, port, keyFile } = device;
  mkdirSync(home, { recursive: true });
  mkdirSync(folder, { recursive: true });
  await run(home, 'login', '--endpoint', `http://127.0.0.1:${port}`, '--api-key-file', keyFile);
  await run(home, 'link', folder, WORKSPACE, '--create');
}

async function startAgent(name: string, home: string): Promise<Daemon> {
  const agent = new Daemon(`agent ${name.toUpperCase()}`, cloudsync(['start'], { state: home }));
  await agent.line(/^Keeping \d+/);
  await run(home, 'sync');
  return agent;
}

async function run(home: string, ...argv: string[]): Promise<void> {
  await measure(cloudsync(argv, { state: home }), home);
}
