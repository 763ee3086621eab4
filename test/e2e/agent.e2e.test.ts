import { appendFileSync, cpSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { REPOSITORY, trackedFiles } from '../tracked-files.ts';
import { type LiveDevice, until, useLiveSandbox } from './live-sandbox.ts';
import { contents, differences, write } from './tree.ts';

const live = useLiveSandbox();

/** This repository's own sources. */
function copySources(folder: string): void {
  for (const path of trackedFiles()) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(REPOSITORY, path), join(folder, path), { preserveTimestamps: true });
  }
}

/** A device that is logged in and linked, with its agent running. */
async function newDevice(name: string, prepare: (folder: string) => void = () => undefined): Promise<LiveDevice> {
  const device = live.device(name);
  prepare(device.folder);
  await device.login();
  await device.must('link', device.folder, 'team', '--create');
  expect((await device.start()).code).toBe(0);
  return device;
}

/** Waits until both devices hold the same, byte for byte, with modes and mtimes, and `isSo`. */
async function same(a: LiveDevice, b: LiveDevice, isSo: () => boolean = () => true): Promise<void> {
  const isSettled = ({ link }: LiveDevice): boolean => link?.state === 'in-sync';
  await until([a, b], () => isSettled(a) && isSettled(b) && isSo() && differences(a.folder, b.folder).length === 0);
}

const read = (device: LiveDevice, path: string): string => readFileSync(join(device.folder, path), 'utf8');
const holds = (device: LiveDevice, path: string): boolean => statSync(join(device.folder, path), { throwIfNoEntry: false }) !== undefined;

test('two agents and a server keep a source tree the same through edits, renames, absences, conflicts, restarts and a restore', async () => {
  await live.server.start();
  const a = await newDevice('a', copySources);
  const b = await newDevice('b');
  const changelog = read(a, 'CHANGELOG.md');
  await same(a, b, () => holds(b, 'README.md'));

  // Edits travel both ways while both are there.
  appendFileSync(join(a.folder, 'README.md'), 'from a\n');
  write(b.folder, { 'notes/new/deep.txt': 'from b\n' });
  rmSync(join(b.folder, 'CHANGELOG.md'));
  await same(a, b, () => read(b, 'README.md').endsWith('from a\n') && holds(a, 'notes/new/deep.txt') && !holds(a, 'CHANGELOG.md'));

  // A renamed folder is a rename, with an edit in it on the other side right after.
  renameSync(join(a.folder, 'packages/engine'), join(a.folder, 'packages/core'));
  await same(a, b, () => holds(b, 'packages/core/package.json') && !holds(b, 'packages/engine'));
  expect(await b.must('logs')).toMatch(/rename {3}packages\/engine\/ ⇒ packages\/core\//);
  appendFileSync(join(b.folder, 'packages/core/package.json'), '\n');
  await same(a, b, () => read(a, 'packages/core/package.json').endsWith('\n\n'));

  // The server is cut off; both sides go on working.
  await live.server.kill();
  await until([a, b], () => a.link?.state === 'offline' && b.link?.state === 'offline');
  write(a.folder, { 'while-away/a.txt': 'a\n' });
  write(b.folder, { 'while-away/b.txt': 'b\n' });
  rmSync(join(b.folder, 'LICENSE'));
  await live.server.start();
  await same(a, b, () => holds(b, 'while-away/a.txt') && holds(a, 'while-away/b.txt') && !holds(a, 'LICENSE'));

  // One device is away, and both edit the same lines: both texts are kept, under two names.
  await b.must('config', 'set', 'sync.conflicts', 'keep-both');
  await a.must('config', 'set', 'sync.conflicts', 'keep-both');
  await b.stop();
  write(a.folder, { 'notes/plan.txt': 'the plan of a\n' });
  write(b.folder, { 'notes/plan.txt': 'the plan of b, which is longer\n' });
  await a.must('sync');
  expect((await b.start()).code).toBe(0);
  await same(a, b, () => plansOf(a).length === 2);
  expect(plansOf(a)).toEqual(['the plan of a\n', 'the plan of b, which is longer\n']);

  // The same with different lines, which become one text.
  await b.must('config', 'set', 'sync.conflicts', 'auto-merge', '--folder', b.folder);
  write(a.folder, { 'notes/list.txt': 'one\ntwo\nthree\nfour\nfive\n' });
  await same(a, b, () => holds(b, 'notes/list.txt'));
  await b.stop();
  write(a.folder, { 'notes/list.txt': 'ONE\ntwo\nthree\nfour\nfive\n' });
  write(b.folder, { 'notes/list.txt': 'one\ntwo\nthree\nfour\nFIVE!\n' });
  await a.must('sync');
  expect((await b.start()).code).toBe(0);
  await same(a, b, () => read(a, 'notes/list.txt') === 'ONE\ntwo\nthree\nfour\nFIVE!\n');

  // Each is restarted: cleanly, and by a power cut.
  expect((await live.server.stop())?.code).toBe(0);
  await live.server.start();
  a.kill();
  write(a.folder, { 'notes/after-the-cut.txt': 'a\n' });
  expect((await a.start()).code).toBe(0);
  await b.stop();
  expect((await b.start()).code).toBe(0);
  await same(a, b, () => holds(b, 'notes/after-the-cut.txt'));

  // An old version comes back everywhere, and is one more version.
  const versions = (await a.must('versions', 'notes/list.txt', '--json'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { version: number });
  expect(versions.length).toBeGreaterThanOrEqual(3);
  await b.must('restore', 'notes/list.txt', '--at', String(versions.at(-1)?.version));
  await same(
    a,
    b,
    () => read(a, 'notes/list.txt') === 'one\ntwo\nthree\nfour\nfive\n' && read(b, 'notes/list.txt') === read(a, 'notes/list.txt'),
  );
  // And what was deleted.
  await a.must('restore', 'CHANGELOG.md');
  await same(a, b, () => holds(a, 'CHANGELOG.md') && holds(b, 'CHANGELOG.md'));
  expect(read(b, 'CHANGELOG.md')).toBe(changelog);

  // What the server has is what a new device gets.
  const c = await newDevice('c');
  await same(a, c);
  expect(Object.keys(contents(c.folder)).length).toBeGreaterThan(500);
}, 240_000);

/** The texts of the plan and its conflict copies. */
function plansOf({ folder }: LiveDevice): string[] {
  return Object.entries(contents(folder))
    .flatMap(([path, text]) => (/^notes\/plan/.test(path) ? [text] : []))
    .sort();
}
