import { readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Workspaces } from '@cloudsync/server';
import { PairLock } from '@cloudsync/storages';
import { Random } from '@cloudsync/testing';
import { expect, test } from 'vitest';
import { type LiveDevice, until, useLiveSandbox } from './live-sandbox.ts';
import { differences, write } from './tree.ts';

const live = useLiveSandbox();

const SEED = 20261121;
const KILLS = 6;
/** Every process is started again after each kill, beside everything else that runs. */
const TIMEOUT_MS = 300_000;
const FILES_PER_BURST = 40;
/** Some files have more bytes than travel inside a commit, so that chunks are under way when somebody is killed. */
const LARGE_BYTES = 300_000;

/** Somebody who works in a device's folder, on files that nobody else touches, and on some that the others have too. */
class Worker {
  readonly device: LiveDevice;
  /** What he wrote and did not do away with, by path. */
  readonly wanted = new Map<string, string>();
  readonly #random: Random;
  #count = 0;

  constructor(device: LiveDevice, random: Random) {
    this.device = device;
    this.#random = random;
  }

  /** Many files at once. @param gently only what adds: what he deletes while his agent is dead, it may not know that it had sent */
  burst(gently: boolean): void {
    for (let count = 0; count < FILES_PER_BURST; count++)
      this.#write(`${this.device.name}/${this.#random.below(12)}/${this.#random.below(40)}.txt`);
    write(this.device.folder, { [`shared/${this.#random.below(5)}.txt`]: this.#fresh() });
    if (gently) return;
    for (const path of this.#random.sample([...this.wanted.keys()], 5)) this.#remove(path);
    this.#renameFolder();
  }

  #write(path: string): void {
    const text = this.#fresh();
    const content = this.#random.chance(0.05) ? text.repeat(Math.ceil(LARGE_BYTES / text.length)) : text;
    write(this.device.folder, { [path]: content });
    this.wanted.set(path, content);
  }

  #remove(path: string): void {
    rmSync(join(this.device.folder, path), { force: true });
    this.wanted.delete(path);
  }

  #renameFolder(): void {
    const from = `${this.device.name}/${this.#random.below(12)}`;
    const to = `${this.device.name}/renamed-${++this.#count}`;
    if (statSync(join(this.device.folder, from), { throwIfNoEntry: false }) === undefined) return;
    renameSync(join(this.device.folder, from), join(this.device.folder, to));
    for (const [path, content] of [...this.wanted])
      if (path.startsWith(`${from}/`)) {
        this.wanted.delete(path);
        this.wanted.set(to + path.slice(from.length), content);
      }
  }

  #fresh(): string {
    return `${this.device.name} wrote this as his number ${++this.#count}\n`;
  }
}

/** Every content below a folder. */
function allContents(folder: string): Set<string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Set(files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8')));
}

/** Starts an agent that was killed, when nothing is left of it. */
async function startAgain(device: LiveDevice): Promise<void> {
  const lock = await PairLock.acquire(join(device.home, 'agent-lock'), { wait: {} });
  await lock.release();
  // A path may fail in the first run: somebody goes on writing.
  const { stderr } = await device.start();
  expect(stderr).not.toContain('running already');
}

test(
  'server and agents are killed again and again while files are written: in the end all hold the same, and nothing is lost',
  async () => {
    const random = new Random(SEED);
    const { server } = live;
    await server.start();
    const devices = ['a', 'b'].map((name) => live.device(name));
    for (const device of devices) {
      await device.login();
      await device.must('link', device.folder, 'team', '--create');
      await device.must('config', 'set', 'sync.conflicts', 'keep-both');
      expect((await device.start()).code).toBe(0);
    }
    const workers = devices.map((device) => new Worker(device, random.fork(device.name)));

    for (let kill = 1; kill <= KILLS; kill++) {
      // One more burst each time before the next one dies: somewhere in the middle of it.
      for (let bursts = random.between(1, 3); bursts > 0; bursts--) {
        const told = Promise.race(devices.map((device) => device.changed));
        for (const worker of workers) worker.burst(false);
        await told;
      }
      const victims = random.sample([server, ...devices], random.between(1, 3));
      for (const victim of victims) await victim.kill();
      for (const worker of workers) worker.burst(true);
      if (victims.includes(server)) await server.start();
      for (const device of devices) if (victims.includes(device)) await startAgain(device);
    }

    const [a, b] = devices as [LiveDevice, LiveDevice];
    await until(devices, () => devices.every(({ link }) => link?.state === 'in-sync') && differences(a.folder, b.folder).length === 0);
    for (const { device, wanted } of workers) {
      const there = allContents(device.folder);
      expect([...wanted].filter(([, content]) => !there.has(content)).map(([path]) => path)).toEqual([]);
    }
    for (const device of devices) await device.stop();
    await server.stop();
    const workspaces = await Workspaces.open({ data: join(live.dir, 'server') });
    const problems = await workspaces.check({ readData: true });
    await workspaces.close();
    expect(problems).toEqual([]);
  },
  TIMEOUT_MS,
);
