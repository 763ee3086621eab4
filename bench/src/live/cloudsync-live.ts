import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cloudsync, ourselves } from '../cloudsync.ts';
import { measure } from '../measure.ts';
import { Daemon } from './daemon.ts';
import { type LiveServer, startLiveServer } from './live-server.ts';
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
  const server = await startLiveServer(state);
  const agents: Daemon[] = [];
  for (const [name, folder] of [
    ['a', a],
    ['b', b],
  ] as const) {
    const home = join(state, name);
    if (isFirst) await joinWorkspace(home, folder, server);
    agents.push(await startAgent(name, home));
  }
  return {
    daemons: [server.daemon, ...agents],
    wirePorts: [server.port],
    stop: async () => {
      for (const daemon of [...agents, server.daemon]) await daemon.stop();
    },
  };
}

async function joinWorkspace(home: string, folder: string, { endpoint, keyFile }: LiveServer): Promise<void> {
  mkdirSync(home, { recursive: true });
  mkdirSync(folder, { recursive: true });
  await run(home, 'login', '--endpoint', endpoint, '--api-key-file', keyFile);
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
