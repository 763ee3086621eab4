import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { useSandbox } from './sandbox.ts';
import { contents, differences, trashed, write } from './tree.ts';

const box = useSandbox();

/** Three conflicts that wait for the user: notes.txt, dir/image and `odd\nname`. */
beforeEach(async () => {
  const paths = ['notes.txt', 'dir/image', 'odd\nname'];
  const all = (content: string) => Object.fromEntries(paths.map((path) => [path, `${content} ${path.length}`]));
  write(box.a, { ...all('base'), quiet: 'in sync' });
  await box.sync();
  write(box.a, all('from a'));
  write(box.b, all('from b!'));
  expect((await box.sync('--conflict', 'manual')).code).toBe(3);
});

const resolve = (...options: string[]) => box.run('resolve-conflicts', ...options);

describe('cloudsync conflicts', () => {
  test('lists what is left, with both sides', async () => {
    const { code, stdout } = await box.run('conflicts');
    expect(code).toBe(0);
    expect(stdout).toContain('notes.txt');
    expect(stdout).toContain('odd\\nname');
    expect(stdout).toMatch(/source: +\d+ B, changed \d{4}-\d\d-\d\d/);
    expect(stdout).toContain('3 conflicts. Decide with: cloudsync resolve-conflicts');
  });

  test('of one pair, as JSON', async () => {
    const list = JSON.parse((await box.run('conflicts', 'a', 'b', '--json')).stdout) as { path: string; pair: { source: string } }[];
    expect(list.map(({ path }) => path).sort()).toEqual(['dir/image', 'notes.txt', 'odd\nname']);
    expect(list[0]).toMatchObject({ pair: { source: box.a, destination: box.b }, kind: 'both-changed', source: { kind: 'file' } });
  });

  test('status counts them', async () => {
    const { stdout } = await box.run('status');
    expect(stdout).toContain('conflicts left (3 conflicts)');
  });

  test('they are still there after a sync that leaves them again, and gone after one that settles them', async () => {
    expect((await box.sync('--conflict', 'manual')).code).toBe(3);
    expect((await box.run('conflicts')).stdout).toContain('3 conflicts');
    expect((await box.sync('--conflict', 'source-wins')).code).toBe(0);
    expect((await box.run('conflicts')).stdout).toBe('No conflicts are left.\n');
  });
});

test('a run that a guard or a missing root stops forgets no conflict', async () => {
  rmSync(join(box.a, 'quiet'));
  expect((await box.sync('--conflict', 'manual', '--max-delete', '0')).code).toBe(4);
  expect((await box.run('conflicts')).stdout).toContain('3 conflicts');
  renameSync(box.b, join(box.dir, 'unmounted'));
  expect((await box.sync('--conflict', 'manual')).code).toBe(4);
  expect((await box.run('conflicts')).stdout).toContain('3 conflicts');
});

describe('cloudsync resolve-conflicts by flags', () => {
  test.each([
    ['source', 'from a 9'],
    ['destination', 'from b! 9'],
  ])('--path --use %s settles one path and leaves the others: exit 3', async (use, content) => {
    const { code } = await resolve('--path', 'notes.txt', '--use', use);
    expect(code).toBe(3);
    expect([contents(box.a)['notes.txt'], contents(box.b)['notes.txt']]).toEqual([content, content]);
    expect([contents(box.a)['dir/image'], contents(box.b)['dir/image']]).toEqual(['from a 9', 'from b! 9']);
    expect(trashed(use === 'source' ? box.b : box.a)).toContain(use === 'source' ? 'from b! 9' : 'from a 9');
    expect((await box.run('conflicts')).stdout).toContain('2 conflicts');
  });

  test('--use FILE: both sides get the merged content', async () => {
    write(box.dir, { merged: 'from a and b' });
    await resolve('--path', 'notes.txt', '--use', 'merged');
    expect([contents(box.a)['notes.txt'], contents(box.b)['notes.txt']]).toEqual(['from a and b', 'from a and b']);
  });

  test('--all --use both keeps everything, one of each under another name', async () => {
    const { code } = await resolve('--all', '--use', 'both');
    expect(code).toBe(0);
    expect(differences(box.a, box.b)).toEqual([]);
    const texts = Object.values(contents(box.a));
    for (const text of ['from a 9', 'from b! 9', 'from a 8', 'from b! 8']) expect(texts).toContain(text);
    expect((await box.run('conflicts')).stdout).toBe('No conflicts are left.\n');
    expect((await resolve('--all', '--use', 'both')).code).toBe(0);
  });

  test('several paths at once, of a named pair', async () => {
    const { code } = await resolve('a', 'b', '--path', 'notes.txt', '--path', 'odd\nname', '--path', 'dir/image', '--use', 'destination');
    expect([code, contents(box.a)['odd\nname']]).toEqual([0, 'from b! 8']);
  });

  test('a pair is synced with the options of its last run', async () => {
    write(box.a, { 'x.tmp': 'left out', 'notes.txt': 'from a, later' });
    expect((await box.sync('--conflict', 'manual', '--exclude', '*.tmp')).code).toBe(3);
    expect((await resolve('--all', '--use', 'source')).code).toBe(0);
    expect(Object.keys(contents(box.b))).not.toContain('x.tmp');
  });

  test('a path that is no conflict is refused, and nothing is done', async () => {
    const { code, stderr } = await resolve('--path', 'quiet', '--use', 'source');
    expect([code, stderr]).toEqual([2, expect.stringContaining('quiet is no conflict that is left')]);
    expect((await box.run('conflicts')).stdout).toContain('3 conflicts');
  });

  test('without a terminal and without flags it says which flags', async () => {
    const { code, stderr } = await resolve();
    expect([code, stderr]).toEqual([2, expect.stringMatching(/no terminal to ask on.*--path PATH or --all/)]);
  });

  test('a root that is gone stops it with 4', async () => {
    rmSync(box.b, { recursive: true });
    const { code, stderr } = await resolve('--all', '--use', 'source');
    expect([code, stderr]).toEqual([4, expect.stringContaining(join(box.dir, 'b'))]);
    expect(contents(box.a)['notes.txt']).toBe('from a 9');
  });
});
