// The live product in a scratch folder: a server, and two devices that each keep a folder in sync with it. Shows every change as it arrives
// on the other device. Ctrl-C ends it; without a terminal it makes a few changes itself and ends.
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AgentEvent, LiveDevice, startServer } from './live-processes.ts';

/** An arrived file that was saved this long ago was not just saved. */
const JUST_SAVED_MS = 10_000;

/** A change on its way: what each side has told of it so far. */
interface Travel {
  noticedMs?: number;
  from?: string;
  doneMs?: number;
  to?: string;
  text?: string;
}

const isInteractive = process.stdin.isTTY === true && process.stdout.isTTY === true;
const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'cloudsync-demo-')));
const ended = Promise.withResolvers<void>();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => ended.resolve());

try {
  await run();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

async function run(): Promise<void> {
  console.log('Starting a server and two devices …');
  await using server = await startServer(join(scratch, 'server'));
  const places = ['laptop', 'phone'].map((name) => ({ name, folder: join(scratch, name), home: join(scratch, `${name}-home`), server }));
  writeFirstFiles(join(scratch, 'laptop'));
  await using laptop = await LiveDevice.start(places[0] as (typeof places)[0]);
  await using phone = await LiveDevice.start(places[1] as (typeof places)[1]);
  const shown = showArrivals([laptop, phone]);
  console.log(`The folder ${laptop.folder}`);
  console.log(`and        ${phone.folder} are kept the same, through ${server.url}`);
  console.log('');
  await showChanges(shown);
  if (!isInteractive) return;
  console.log('');
  console.log('Now you: change anything in one of the folders, for example');
  console.log(`  echo "and tea" >> ${join(laptop.folder, 'shopping.txt')}`);
  console.log('Ctrl-C ends it and removes the folders.');
  console.log('');
  await Promise.race([ended.promise, server.ended, laptop.ended, phone.ended]);
}

function writeFirstFiles(folder: string): void {
  mkdirSync(join(folder, 'recipes'), { recursive: true });
  writeFileSync(join(folder, 'shopping.txt'), 'milk\nbread\n');
  writeFileSync(join(folder, 'recipes/bread.txt'), '500 g flour\n350 g water\n10 g salt\n');
}

/** A new file, an edit on the other side, a renamed folder: each is made when the one before has arrived. */
async function showChanges(arrived: (text: string) => Promise<void>): Promise<void> {
  const [laptop, phone] = [join(scratch, 'laptop'), join(scratch, 'phone')];
  writeFileSync(join(laptop, 'plan.txt'), 'Saturday: hike to the lake\n');
  await arrived('plan.txt');
  writeFileSync(join(phone, 'shopping.txt'), 'milk\nbread\ncoffee\n');
  await arrived('shopping.txt');
  renameSync(join(laptop, 'recipes'), join(laptop, 'baking'));
  await arrived('baking');
}

/** Prints a line for every change that has arrived. @returns what waits for the arrival at a path */
function showArrivals(devices: readonly LiveDevice[]): (path: string) => Promise<void> {
  const travels = new Map<string, Travel>();
  const waiting = new Map<string, () => void>();
  const note = (device: LiveDevice, event: AgentEvent): void => {
    const isArrival = /^(DOWNLOAD|DELETE_SOURCE|RENAME_SOURCE)/.test(event.action);
    const travel = travels.get(event.path) ?? {};
    travels.set(event.path, travel);
    if (isArrival) Object.assign(travel, { to: device.name, doneMs: event.doneMs, text: event.text });
    else Object.assign(travel, { from: device.name, noticedMs: event.noticedMs });
    if (travel.from === undefined || travel.to === undefined) return;
    travels.delete(event.path);
    console.log(arrivalLine(travel, savedMs(join(device.folder, event.path))));
    waiting.get(event.path)?.();
  };
  for (const device of devices) device.onChange = (event) => note(device, event);
  return (path) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.set(path, resolve);
    return Promise.race([promise, ended.promise]);
  };
}

/** `laptop → phone  new      plan.txt  (27 B)  14 ms`: from when it was saved, or else noticed, until it was in place. */
function arrivalLine({ from, to, text = '', noticedMs, doneMs = 0 }: Travel, saved: number | undefined): string {
  const isJustSaved = saved !== undefined && saved <= doneMs && doneMs - saved < JUST_SAVED_MS && !/rename/.test(text);
  const since = isJustSaved ? saved : noticedMs;
  const latency = since === undefined ? '' : `  ${Math.max(1, Math.round(doneMs - since))} ms`;
  return `${from} → ${to}  ${text.replace(/^\S+ /, '')}${latency}`;
}

function savedMs(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs;
}
