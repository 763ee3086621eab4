import { randomFillSync } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { insertByteIntoBigFile } from '../trees.ts';
import { contentArrives, treeArrives } from './arrival.ts';
import type { Daemon } from './daemon.ts';
import type { LivePair, LivePlaces } from './live-tool.ts';

/** The tree lies in one folder of the shared one; so it can come, and be renamed, in one moment. */
const TREE = 'tree';
const RENAMED = 'tree renamed';
const EDIT_BYTES = 4096;
const EDITS = 100;
/** Between two edits nothing is under way any more. */
const PAUSE_MS = 120;
const IDLE_MS = 30_000;

export interface Job {
  readonly pair: LivePair;
  readonly places: LivePlaces;
  /** Where a copy of the tree lies ready to be moved. */
  readonly ready: string;
}

/** Moves the tree that lies ready into folder A. @returns seconds until all of it is at B */
export async function treeComes({ pair, places, ready }: Job): Promise<number> {
  const started = performance.now();
  renameSync(ready, join(places.a, TREE));
  await pair.onChange?.(TREE);
  return secondsSince(started, await treeArrives(join(places.a, TREE), join(places.b, TREE)));
}

/** Gives one small file after the other new content. @returns seconds until each was at B, the fastest first */
export async function edits({ pair, places }: Job): Promise<number[]> {
  const files = readdirSync(join(places.a, TREE), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name).slice(places.a.length + 1)).sort();
  const times: number[] = [];
  for (let edit = 0; edit < EDITS; edit++) {
    const path = paths[(edit * 7919) % paths.length] as string;
    const content = randomFillSync(Buffer.alloc(EDIT_BYTES));
    const arrival = contentArrives(join(places.b, path), content);
    const started = performance.now();
    writeFileSync(join(places.a, path), content);
    const told = pair.onChange?.(path);
    times.push(secondsSince(started, await arrival));
    await told;
    await sleep(PAUSE_MS);
  }
  return times.sort((x, y) => x - y);
}

/** Writes many new files into one new folder. @returns seconds from before the first until the last is at B */
export async function burst({ pair, places }: Job, files: number): Promise<number> {
  const name = `burst ${readdirSync(places.a).length}`;
  const content = randomFillSync(Buffer.alloc(EDIT_BYTES));
  const started = performance.now();
  mkdirSync(join(places.a, name));
  for (let file = 0; file < files; file++) {
    content.writeUInt32LE(file);
    writeFileSync(join(places.a, name, `${file}.bin`), content);
  }
  await pair.onChange?.(name);
  return secondsSince(started, await treeArrives(join(places.a, name), join(places.b, name)));
}

/** Inserts a byte in the middle of the big file. @returns seconds from the end of the edit until it is at B */
export async function insertByte({ pair, places }: Job): Promise<number> {
  insertByteIntoBigFile(join(places.a, TREE));
  const started = performance.now();
  const told = pair.onChange?.(`${TREE}/big.bin`);
  const end = await treeArrives(join(places.a, TREE), join(places.b, TREE));
  await told;
  return secondsSince(started, end);
}

/** Renames the folder of the tree, and then names it back. @returns seconds until it had the new name at B */
export async function renameTree(job: Job): Promise<number> {
  const seconds = await rename(job, TREE, RENAMED);
  await rename(job, RENAMED, TREE);
  return seconds;
}

async function rename({ pair, places }: Job, from: string, to: string): Promise<number> {
  const started = performance.now();
  renameSync(join(places.a, from), join(places.a, to));
  const told = [pair.onChange?.(from), pair.onChange?.(to)];
  const end = await treeArrives(join(places.a, to), join(places.b, to));
  await Promise.all(told);
  return secondsSince(started, end);
}

/** @returns seconds of CPU time that the daemons of device A take while nothing happens */
export async function idle({ pair }: Job): Promise<number> {
  const ofA = pair.daemons.filter(({ name }) => name.endsWith(' A'));
  const computed = (): number => ofA.reduce((sum: number, { cpuSeconds }: Daemon) => sum + cpuSeconds, 0);
  await sleep(IDLE_MS / 6);
  const before = computed();
  await sleep(IDLE_MS);
  return computed() - before;
}

function secondsSince(startedMs: number, endedMs: number): number {
  return (endedMs - startedMs) / 1000;
}
