import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { outputOf, toolsOf, versionOf } from '../programs.ts';
import { Daemon } from './daemon.ts';
import { freePort } from './free-port.ts';
import type { LivePair, LivePlaces, LiveTool } from './live-tool.ts';

const FOLDER = 'bench';
const KEY = 'bench';
/** Whole seconds, and 0 means the default of 10: there is no shorter delay. */
const WATCHER_DELAY_S = 1;
const START_MS_MAX = 15 * 60_000;
const POLL_MS = 20;

/** Two instances that know each other by address only: no relays, no discovery, no questions to the internet. */
export function syncthing(): readonly LiveTool[] {
  return toolsOf('syncthing', (program) => [
    {
      id: 'syncthing',
      title: 'Syncthing',
      version: versionOf(program, '--version'),
      how: 'two instances, TCP on loopback',
      note: `fsWatcherDelayS ${WATCHER_DELAY_S}, its shortest; as that is long, it is told by REST to scan what changed, at once`,
      start: (places) => start(program, places),
    },
  ]);
}

interface Device {
  readonly home: string;
  readonly folder: string;
  readonly id: string;
  readonly guiPort: number;
  readonly port: number;
}

async function start(program: string, { a, b, state }: LivePlaces): Promise<LivePair> {
  const devices = [await makeDevice(program, join(state, 'a'), a), await makeDevice(program, join(state, 'b'), b)] as const;
  const daemons = devices.map((device, at) => {
    writeFileSync(join(device.home, 'config.xml'), configOf(device, devices[1 - at] as Device, at === 0));
    return new Daemon(`syncthing ${at === 0 ? 'A' : 'B'}`, {
      argv: [program, 'serve', '--no-browser', '--no-restart', `--home=${device.home}`],
    });
  });
  for (const device of devices) await until(() => isInSync(device));
  return {
    daemons,
    wirePorts: [devices[1].port],
    onChange: async (path) => {
      await ask(devices[0], `db/scan?folder=${FOLDER}&sub=${encodeURIComponent(path)}`, 'POST');
    },
    stop: async () => {
      await Promise.all(daemons.map((daemon) => daemon.stop()));
    },
  };
}

async function makeDevice(program: string, home: string, folder: string): Promise<Device> {
  mkdirSync(home, { recursive: true });
  mkdirSync(join(folder, '.stfolder'), { recursive: true });
  if (!existsSync(join(home, 'cert.pem'))) outputOf(program, 'generate', `--home=${home}`, '--no-default-folder');
  return { home, folder, id: outputOf(program, `--home=${home}`, '--device-id'), guiPort: await freePort(), port: await freePort() };
}

/** Only the first dials. */
function configOf(own: Device, other: Device, dials: boolean): string {
  return `<configuration version="36">
  <folder id="${FOLDER}" path="${own.folder}" type="sendreceive" rescanIntervalS="0" fsWatcherEnabled="true" fsWatcherDelayS="${WATCHER_DELAY_S}">
    <device id="${own.id}"></device>
    <device id="${other.id}"></device>
    <minDiskFree unit="%">0</minDiskFree>
  </folder>
  <device id="${own.id}" name="own"><address>dynamic</address></device>
  <device id="${other.id}" name="other"><address>${dials ? `tcp://127.0.0.1:${other.port}` : 'dynamic'}</address></device>
  <gui enabled="true" tls="false"><address>127.0.0.1:${own.guiPort}</address><apikey>${KEY}</apikey></gui>
  <options>
    <listenAddress>tcp://127.0.0.1:${own.port}</listenAddress>
    <globalAnnounceEnabled>false</globalAnnounceEnabled>
    <localAnnounceEnabled>false</localAnnounceEnabled>
    <relaysEnabled>false</relaysEnabled>
    <natEnabled>false</natEnabled>
    <startBrowser>false</startBrowser>
    <urAccepted>-1</urAccepted>
    <autoUpgradeIntervalH>0</autoUpgradeIntervalH>
    <crashReportingEnabled>false</crashReportingEnabled>
    <reconnectionIntervalS>1</reconnectionIntervalS>
    <setLowPriority>false</setLowPriority>
    <minHomeDiskFree unit="%">0</minHomeDiskFree>
  </options>
</configuration>
`;
}

async function isInSync(device: Device): Promise<boolean> {
  try {
    const { connections } = (await ask(device, 'system/connections')) as { connections: Record<string, { connected: boolean }> };
    const { state, needTotalItems, version } = (await ask(device, `db/status?folder=${FOLDER}`)) as {
      state: string;
      needTotalItems: number;
      version: number;
    };
    const { completion } = (await ask(device, 'db/completion')) as { completion: number };
    const isConnected = Object.values(connections).some(({ connected }) => connected);
    return isConnected && state === 'idle' && needTotalItems === 0 && completion === 100 && version >= 0;
  } catch {
    // It does not listen yet.
    return false;
  }
}

async function ask({ guiPort }: Device, path: string, method = 'GET'): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${guiPort}/rest/${path}`, { method, headers: { 'X-API-Key': KEY } });
  if (!response.ok) throw new Error(`Syncthing answered ${response.status} to ${path}`);
  const text = await response.text();
  return text === '' ? undefined : JSON.parse(text);
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const started = performance.now();
  while (!(await isTrue())) {
    if (performance.now() - started > START_MS_MAX) throw new Error('Syncthing did not come to rest');
    await sleep(POLL_MS);
  }
}
