import { cpSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Ended } from './run-cloudsync.ts';
import { useSandbox } from './sandbox.ts';
import { contents, differences, touch, write } from './tree.ts';
import { noise, VaultSandbox } from './vault-sandbox.ts';

const box = useSandbox();
const { sync, vault, expectClean, log, packs } = new VaultSandbox(box);
const MIB = 2 ** 20;

test('a vault is made, synced to from two folders, edited on both, conflicted, restored to an older version, pruned and checked', async () => {
  write(box.a, { 'notes/plan.txt': 'first plan\n', 'notes/list.txt': 'milk\n', big: noise(MIB, 1), empty: null, link: { link: 'big' } });
  await sync('a');
  write(box.b, { 'from-b.txt': 'b was here\n' });
  await sync('b');
  await sync('a');
  expect(differences(box.a, box.b)).toEqual([]);

  // Edited on both, in different files, and renamed.
  write(box.a, { 'notes/list.txt': 'milk\neggs\n' });
  renameSync(join(box.b, 'notes/plan.txt'), join(box.b, 'notes/great plan.txt'));
  write(box.b, { 'from-b.txt': 'b was here again\n' });
  for (const folder of ['a', 'b', 'a']) await sync(folder);
  expect(differences(box.a, box.b)).toEqual([]);
  expect(contents(box.a)).toMatchObject({
    'notes/great plan.txt': 'first plan\n',
    'notes/list.txt': 'milk\neggs\n',
    'from-b.txt': 'b was here again\n',
  });

  // Both edit one file: the vault has a's edit when b comes.
  write(box.a, { 'notes/list.txt': 'milk\neggs\ntea\n' });
  write(box.b, { 'notes/list.txt': 'milk\neggs\ncake\n' });
  await sync('a');
  const conflicted = await box.run('sync', 'b', 'vault:v', '--conflict', 'keep-both');
  expect([conflicted.code, conflicted.stderr]).toEqual([0, expect.stringContaining('notes/list.txt: changed on both sides')]);
  await sync('a');
  expect(differences(box.a, box.b)).toEqual([]);
  const lists = Object.entries(contents(box.a)).filter(([path]) => path.startsWith('notes/list'));
  expect(lists.map(([, text]) => text).sort()).toEqual(['milk\neggs\ncake\n', 'milk\neggs\ntea\n']);

  // An older version of one file becomes the newest one, and reaches both folders.
  const versions = (await log()).map(({ version }) => version);
  const restored = await vault('restore', `notes@${versions.at(-2)}`);
  expect([restored.code, restored.stderr]).toEqual([0, '']);
  for (const folder of ['a', 'b']) await sync(folder);
  expect(differences(box.a, box.b)).toEqual([]);
  expect(contents(box.a)).toMatchObject({ 'notes/plan.txt': 'first plan\n', 'notes/list.txt': 'milk\n' });
  expect(Object.keys(contents(box.a))).not.toContain('notes/great plan.txt');

  // Old versions go, their space is freed, and what is left is whole.
  write(box.a, { big: noise(MIB, 2) });
  await sync('a');
  await sync('b');
  const bytesBefore = [...packs().values()].reduce((sum, size) => sum + size, 0);
  expect((await vault('forget', '--keep-last', '1')).stdout).toMatch(/Dropped \d+ versions/);
  expect((await vault('prune')).stdout).toMatch(/^Freed 1\.\d MiB/);
  expect([...packs().values()].reduce((sum, size) => sum + size, 0)).toBeLessThan(bytesBefore - 0.9 * MIB);
  expect(await log()).toHaveLength(1);
  await expectClean();
  expect((await sync('a')).stdout).toContain('nothing to do');
  expect((await vault('restore', '--to', 'out')).code).toBe(0);
  expect(differences(box.a, join(box.dir, 'out'))).toEqual([]);
});

describe('what a vault shows', () => {
  test('log, ls, versions, diff and find, for people and for programs', async () => {
    write(box.a, { 'docs/a.txt': 'one', b: 'two' });
    await sync('a');
    write(box.a, { 'docs/a.txt': 'one and more' });
    renameSync(join(box.a, 'b'), join(box.a, 'c'));
    await sync('a');
    expect((await vault('log')).stdout).toMatch(/^ +@3 .* 1 edited, 1 renamed\n +@2 .* 3 new\n +@1 .* made the vault\n$/);
    expect((await vault('log', '--limit', '1')).stdout.trim().split('\n')).toHaveLength(1);
    expect((await log()).map(({ version, kind }) => [version, kind])).toEqual([
      [3, 'sync'],
      [2, 'sync'],
      [1, 'init'],
    ]);
    expect((await vault('ls')).stdout).toMatch(/^ +3 B .* c\n +folder .* docs\/\n$|^ +folder .* docs\/\n +3 B .* c\n$/);
    expect((await vault('ls', 'docs')).stdout).toMatch(/^ +12 B .* docs\/a\.txt\n$/);
    expect((await vault('ls', '.@2', '-r')).stdout.trim().split('\n')).toHaveLength(3);
    expect((await vault('versions', 'docs/a.txt')).stdout).toMatch(/^ +@3 .* 12 B +edited .*\n +@2 .* 3 B +new .*\n$/);
    expect((await vault('versions', 'c')).stdout).toMatch(/renamed from b/);
    expect((await vault('diff', '2', 'latest')).stdout.trim().split('\n').sort()).toEqual(['> b ⇒ c', '~ docs/a.txt']);
    expect((await vault('diff', '-1', '3', '--json')).stdout).toContain('"change":"renamed","path":"c","from":"b"');
    expect((await vault('find', '*.txt')).stdout).toMatch(/^ +@3 .* docs\/a\.txt\n$/);
    expect((await vault('find', 'a.txt', '--all')).stdout.trim().split('\n')).toHaveLength(2);
  });

  test('a version or path that is not there is one clear line, and 1', async () => {
    write(box.a, { x: 'x' });
    await sync('a');
    for (const [args, message] of [
      [['ls', 'nope'], /has no nope/],
      [['ls', 'x@99'], /there is no version @99; the vault has 2, from @1 to @2/],
      [['ls', '.@2020-01-01'], /there is no version from/],
      [['versions', 'nope'], /no version of the vault has nope/],
      [['restore', 'nope'], /no "nope"/],
      [['diff', '1', '77'], /there is no version @77/],
    ] as const) {
      const { code, stdout, stderr } = await vault(args[0], ...args.slice(1));
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(message);
      expect(stderr).toMatch(/^cloudsync: [^\n]+\n$/);
    }
    for (const [args, message] of [
      [['diff', 'one', '2'], /"one" names no version/],
      [['ls', '../x'], /x/],
      [['forget'], /say which versions to keep/],
      [['forget', '--keep-last', 'some'], /--keep-last needs a whole number/],
      [['restore', 'x', '--overwrite'], /belongs to --to/],
      [['restore'], /name what to bring back/],
      [['find', '*', '--all', '--at', '2'], /leave out --at/],
    ] as const) {
      const { stderr } = await vault(args[0], ...args.slice(1));
      expect(stderr).toMatch(message);
    }
  });

  test('stats say what a version takes, what is shared and what is compressed', async () => {
    write(box.a, { one: 'lorem ipsum '.repeat(20_000), two: 'lorem ipsum '.repeat(20_000) });
    await sync('a');
    const { stdout } = await vault('stats');
    expect(stdout).toMatch(/Versions: +2\nNewest version: +469 KiB in 2 files, 0 folders\n/);
    const facts = JSON.parse((await vault('stats', '--json')).stdout) as Record<string, number>;
    expect(facts).toMatchObject({ snapshots: 2, files: 2, bytes: 480_000, uniqueBytes: 240_000 });
    expect(facts.deduplication).toBeGreaterThanOrEqual(2);
    expect(facts.compression).toBeGreaterThan(10);
    expect(facts.storedBytes).toBeLessThan(20_000);
  });

  test('replicas are listed under the names of their folders, and one that is lost can be removed', async () => {
    write(box.a, { x: 'x' });
    await sync('a');
    await sync('b');
    rmSync(join(box.a, 'x'));
    await sync('a', '--max-delete', 'off');
    const list = (await vault('replica list')).stdout;
    expect(list.trim().split('\n')).toHaveLength(2);
    expect(list).toContain(`:${box.a}\n`);
    const name =
      list
        .split('\n')
        .find((line) => line.endsWith('/a'))
        ?.split(/ +/)
        .at(-1) ?? '';
    expect((await vault('replica remove', name)).code).toBe(0);
    expect((await vault('replica list')).stdout).not.toContain(`:${box.a}\n`);
    expect((await vault('replica remove', 'nobody')).code).toBe(2);
  });
});

describe('damage', () => {
  /** Makes two versions and flips a bit in the content of the file of the first. @returns the pack */
  async function hurtOneFile(): Promise<string> {
    write(box.a, { 'hurt.bin': noise(300_000, 3) });
    await sync('a');
    const [pack = ''] = [...packs()].sort(([, x], [, y]) => y - x)[0] ?? [];
    write(box.a, { 'whole.bin': noise(200_000, 4), 'small.txt': 'fine' });
    await sync('a');
    const bytes = readFileSync(pack);
    bytes[150_000] = (bytes[150_000] as number) ^ 1;
    writeFileSync(pack, bytes);
    return pack;
  }

  test('goes on past a damaged file and says which', async () => {
    await hurtOneFile();
    const restored = await vault('restore', '.', '--to', 'out');
    expect(restored.code).toBe(1);
    expect(restored.stderr).toMatch(/^cloudsync: hurt\.bin: [^\n]*packs\/[^\n]*\n$/);
    expect(restored.stdout).toMatch(/1 path not restored/);
    const { 'hurt.bin': hurt, ...whole } = contents(box.a);
    expect(contents(join(box.dir, 'out'))).toEqual(whole);
    expect(hurt).toBeDefined();

    const checked = await vault('check', '--read-data');
    expect(checked.code).toBe(1);
    expect(checked.stderr).toMatch(/damaged +packs\/.*\n(.*\n)* +hurt\.bin/);
    expect(checked.stderr).not.toContain('whole.bin');
  });

  test('after a repair the vault is sound without the file, and the next sync of a folder that has it puts it back', async () => {
    const pack = await hurtOneFile();
    const dry = await vault('repair', '--dry-run');
    expect([dry.code, dry.stdout]).toEqual([
      1,
      expect.stringMatching(/^Dry run, nothing was changed: \d+ packs and \d+ versions were read$/m),
    ]);
    expect(dry.stderr).toContain('hurt.bin');
    expect(statSync(pack).isFile()).toBe(true);

    const repaired = await vault('repair');
    expect([repaired.code, repaired.stdout]).toEqual([1, expect.stringContaining('Repaired v, without 1 lost path')]);
    expect((await vault('ls')).stdout).not.toContain('hurt.bin');
    const versions =
      repaired.stderr
        .match(/vault forget v ([\d ]+)$/m)?.[1]
        ?.trim()
        .split(' ') ?? [];
    expect(versions).not.toEqual([]);
    expect((await vault('forget', ...versions)).code).toBe(0);
    expect((await vault('check', '--read-data')).stderr).toMatch(/^harmless {2}packs\//);
    expect((await vault('prune')).code).toBe(0);
    await expectClean();

    const back = await box.run('sync', 'a', 'vault:v');
    expect([back.code, back.stderr]).toEqual([0, expect.stringContaining('nothing is deleted')]);
    expect((await vault('ls')).stdout).toContain('hurt.bin');
    await sync('b');
    expect(differences(box.a, box.b)).toEqual([]);
    await expectClean();
  });

  test('after a repair that lost everything the next sync puts it all back, without --force', async () => {
    await hurtOneFile();
    for (const pack of packs().keys()) rmSync(pack);
    const repaired = await vault('repair');
    expect([repaired.code, repaired.stdout]).toEqual([1, expect.stringContaining('Repaired v, without ')]);
    expect((await vault('ls')).stdout).toBe('');
    const back = await box.run('sync', 'a', 'vault:v');
    expect([back.code, back.stderr]).toEqual([0, expect.stringContaining('nothing is deleted')]);
    await sync('b');
    expect(Object.keys(contents(box.a))).toContain('hurt.bin');
    expect(differences(box.a, box.b)).toEqual([]);
  });

  test('what a vault has already is told in the result', async () => {
    write(box.a, { first: noise(200_000, 5) });
    await sync('a');
    cpSync(join(box.a, 'first'), join(box.a, 'copy'));
    const { stdout } = await box.run('sync', 'a', 'vault:v', '--json');
    const { statistics } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { statistics: Record<string, number> };
    expect(statistics).toMatchObject({ bytesUploaded: 200_000, bytesReused: 200_000 });
  });

  test('leaves what is there alone, and replaces it when asked', async () => {
    write(box.a, { same: 'same', other: 'from the vault' });
    await sync('a');
    write(join(box.dir, 'out'), { same: 'same', other: 'mine', more: 'mine' });
    const careful = await vault('restore', '.', '--to', 'out');
    expect([careful.code, careful.stderr]).toEqual([1, expect.stringContaining('"other" is there already')]);
    expect(contents(join(box.dir, 'out'))).toEqual({ same: 'same', other: 'mine', more: 'mine' });
    expect((await vault('restore', 'other', '--to', 'out', '--overwrite')).code).toBe(0);
    expect(contents(join(box.dir, 'out'))).toEqual({ same: 'same', other: 'from the vault', more: 'mine' });
    expect((await vault('restore', 'other', '--to', 'no/where')).stderr).toContain('make that first');
  });
});

describe('interrupted', () => {
  test('kill -9 in the middle of a sync: the vault opens and is clean, and the next run finishes', async () => {
    write(box.a, { before: 'committed before' });
    await sync('a');
    write(box.a, Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`d${i % 5}/f${i}`, `content ${i}`])));
    write(box.a, { 'z-big': noise(24 * MIB, 5) });
    const running = box.start('sync', 'a', 'vault:v', '--json', '--bwlimit', '4M');
    await running.event((event) => event.type === 'upload_progress' && event.path === 'z-big');
    running.process.kill('SIGKILL');
    await running.ended;
    await expectClean();
    expect((await vault('ls')).stdout).toContain('before');
    await sync('a');
    await expectClean();
    await sync('b');
    expect(differences(box.a, box.b)).toEqual([]);
  });

  test('Ctrl-C ends with 130, and the next run goes on', async () => {
    write(box.a, { 'z-big': noise(24 * MIB, 6), small: 'x' });
    const running = box.start('sync', 'a', 'vault:v', '--json', '--bwlimit', '4M');
    await running.event((event) => event.type === 'upload_progress' && event.path === 'z-big');
    running.process.kill('SIGINT');
    expect((await running.ended).code).toBe(130);
    await sync('a');
    await expectClean();
    expect((await vault('restore', '.', '--to', 'out')).code).toBe(0);
    expect(differences(box.a, join(box.dir, 'out'))).toEqual([]);
  });
});

test('a full disk: said in one line, nothing committed is lost, and with room it goes on', async () => {
  rmSync(join(box.dir, 'v'), { recursive: true });
  write(box.dir, { v: null });
  box.mount(join(box.dir, 'v'), '-t', 'tmpfs', '-o', 'size=3m', 'tmpfs');
  expect((await box.run('vault', 'init', 'v')).code).toBe(0);
  write(box.a, { 'fits.bin': noise(MIB / 2, 7) });
  await sync('a');
  write(box.a, { 'too-big.bin': noise(8 * MIB, 8) });
  const full = await box.run('sync', 'a', 'vault:v');
  expect(full.code).toBe(1);
  expect(full.stderr).toMatch(/full|no space|No space/);
  await expectClean();
  rmSync(join(box.a, 'too-big.bin'));
  write(box.a, { 'fits-too.bin': noise(MIB / 2, 9) });
  await sync('a');
  await sync('b');
  expect(differences(box.a, box.b)).toEqual([]);
});

test('two devices write at once: both get through, and end up the same', async () => {
  write(box.a, Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`a/f${i}`, `a ${i}`])));
  write(box.b, Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`b/f${i}`, `b ${i}`])));
  const homes = { a: join(box.dir, 'home-a'), b: join(box.dir, 'home-b') };
  const onDevice = (device: 'a' | 'b'): Promise<Ended> => {
    box.env = { ...box.env, CLOUDSYNC_HOME: homes[device] };
    return box.run('sync', device, 'vault:v');
  };
  for (let round = 0; round < 4; round++) {
    write(box.a, { 'a/edited': `by a in round ${round}` });
    write(box.b, { 'b/edited': `by b in round ${round}` });
    for (const { code, stderr } of await Promise.all([onDevice('a'), onDevice('b')])) expect([code, stderr]).toEqual([0, '']);
  }
  for (const device of ['a', 'b', 'a'] as const) expect((await onDevice(device)).code).toBe(0);
  expect(differences(box.a, box.b)).toEqual([]);
  expect(Object.keys(contents(box.a)).filter((path) => path.includes('f'))).toHaveLength(120);
  await expectClean();
});

describe('a vault that was put back to an older state', () => {
  async function putBack(): Promise<void> {
    write(box.a, { x: 'one' });
    await sync('a');
    cpSync(join(box.dir, 'v'), join(box.dir, 'copy'), { recursive: true });
    write(box.a, { x: 'two', y: 'new' });
    touch(box.a, 'x', Date.now() / 1000 + 60);
    await sync('a');
    rmSync(join(box.dir, 'v'), { recursive: true });
    renameSync(join(box.dir, 'copy'), join(box.dir, 'v'));
  }

  test('is refused, and when it is accepted both sides are united and nothing is deleted', async () => {
    await putBack();
    for (const args of [
      ['sync', 'a', 'vault:v'],
      ['vault', 'log', 'v'],
    ]) {
      const { code, stderr } = await box.run(...args);
      expect([code, stderr]).toEqual([1, expect.stringMatching(/shows version 2, but this device has seen version 3.*--accept-rollback/)]);
    }
    const accepted = await box.run('sync', 'a', 'vault:v', '--accept-rollback');
    expect([accepted.code, accepted.stderr]).toEqual([0, expect.stringContaining('nothing is deleted')]);
    expect(contents(box.a)).toEqual({ x: 'two', y: 'new' });
    await sync('a');
    await sync('b');
    expect(differences(box.a, box.b)).toEqual([]);
  });

  test('a device that never saw the newer state takes it as it is', async () => {
    await putBack();
    box.env = { ...box.env, CLOUDSYNC_HOME: join(box.dir, 'other-home') };
    await sync('b');
    expect(contents(box.b)).toEqual({ x: 'one' });
  });
});
