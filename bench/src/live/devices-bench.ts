import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Bench } from '../bench.ts';
import { withScratch } from '../bench-options.ts';
import { describeMachine } from '../machine.ts';
import { formatTable } from '../report.ts';
import { writeSection } from '../results-file.ts';
import { count, scaled } from '../scenario.ts';
import { commitFiles, connectDevices, leave } from './devices.ts';
import { type LiveServer, startLiveServer } from './live-server.ts';

const HELP = `npm run bench -- devices [options]

Measures a server with many devices: its memory with idle ones, and commits of small files by active ones, which run in one other process
on the same cores.

  --dir DIR     where the server keeps its data, on the disk to measure; the system's temporary folder when not given
  --scale X     fewer devices, for a quick look; the results then mean little
  --write       put the results into bench/RESULTS.md
`;

/** Goals of issue 4. */
const IDLE_DEVICES = 2_000;
const IDLE_BYTES_MAX = 400 * 2 ** 20;
const ACTIVE_DEVICES = 50;
const COMMITS_PER_SECOND_MIN = 2_000;
/** What one device commits is told to the others of its workspace. */
const DEVICES_PER_WORKSPACE = 5;
const ACTIVE_MS = 10_000;

interface Options {
  readonly dir: string;
  readonly scale: number;
  readonly write: boolean;
}

export const devicesBench: Bench = {
  name: 'devices',
  about: 'a server with many devices: memory, commits a second',
  help: () => HELP,
  run: async (argv) => {
    const options = readOptions(argv);
    const text = await withScratch(options.dir, (scratch) => measureAll(options, scratch));
    process.stdout.write(text);
    if (options.write) writeSection('devices', text);
  },
};

function readOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      dir: { type: 'string', default: tmpdir() },
      scale: { type: 'string', default: '1' },
      write: { type: 'boolean', default: false },
    },
  });
  const scale = Number(values.scale);
  if (!(scale > 0 && scale <= 1)) throw new RangeError(`--scale takes a number above 0 up to 1, not ${JSON.stringify(values.scale)}`);
  return { dir: resolve(values.dir), scale, write: values.write };
}

async function measureAll({ scale }: Options, scratch: string): Promise<string> {
  const shrunk = scale === 1 ? '' : ` Shrunk to ${scale} of the devices, so it says little.`;
  const opening = `## Many devices

Made by \`npm run bench -- devices --write\` on ${new Date().toISOString().slice(0, 10)}.${shrunk} One server (\`cloudsync serve\`, SQLite and a local folder), and devices of the
SDK in one other process, over WebSockets on loopback. An active device writes one file of 4 KiB after the other, each when the one before is committed;
${DEVICES_PER_WORKSPACE} of them share a workspace and are told of each other's files.

${describeMachine(scratch)
  .map((fact) => `- ${fact}`)
  .join('\n')}`;
  const rows = [
    await withServer(join(scratch, 'idle'), (server) => idleRow(server, scaled(IDLE_DEVICES, scale))),
    await withServer(join(scratch, 'active'), (server) => activeRow(server, scaled(ACTIVE_DEVICES, scale))),
  ];
  return `${opening}\n\n${formatTable(['', 'measured', 'goal'], rows)}\n`;
}

async function withServer<T>(state: string, work: (server: LiveServer) => Promise<T>): Promise<T> {
  const server = await startLiveServer(state);
  try {
    return await work(server);
  } finally {
    await server.daemon.stop();
  }
}

async function idleRow(server: LiveServer, devices: number): Promise<string[]> {
  const connected = await connectDevices(server, { devices, workspaces: 1 });
  const bytes = server.daemon.residentBytes;
  await leave(connected);
  const title = `memory of the server with ${count(devices)} idle devices`;
  return [title, `${(bytes / 2 ** 20).toFixed(0)} MiB`, `under ${IDLE_BYTES_MAX / 2 ** 20} MiB: ${reached(bytes < IDLE_BYTES_MAX)}`];
}

async function activeRow(server: LiveServer, devices: number): Promise<string[]> {
  const connected = await connectDevices(server, { devices, workspaces: Math.ceil(devices / DEVICES_PER_WORKSPACE) });
  const perSecond = await commitFiles(connected, ACTIVE_MS);
  await leave(connected);
  return [
    `commits a second of ${count(devices)} devices`,
    count(Math.round(perSecond)),
    `at least ${count(COMMITS_PER_SECOND_MIN)}: ${reached(perSecond >= COMMITS_PER_SECOND_MIN)}`,
  ];
}

function reached(isReached: boolean): string {
  return isReached ? 'reached' : 'missed';
}
