import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { eventsOf } from './run-cloudsync.ts';
import { useSandbox } from './sandbox.ts';
import { contents, differences, snapshot, trashed, write } from './tree.ts';

const box = useSandbox();

function manyFiles(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, `content ${i}`]));
}

describe('the delete guard', () => {
  test('stops with 4 before more than half of a side is deleted, and nothing is changed', async () => {
    write(box.a, manyFiles(10));
    await box.sync();
    for (let i = 0; i < 6; i++) rmSync(join(box.a, `f${i}`));
    write(box.a, { new: 'waits too' });
    const before = snapshot(box.b);
    const { code, stdout, stderr } = await box.sync();
    expect([code, stdout, snapshot(box.b)]).toEqual([4, '', before]);
    expect(stderr).toMatch(/^cloudsync: .*6 of 10 files in .*\/b would be deleted.*--max-delete off or --force\n$/);
    expect((await box.run('status')).stdout).toContain('6 of 10 files');
  });

  test.each([['--force'], ['--max-delete', 'off'], ['--max-delete', '60%'], ['--max-delete', '6']])(
    'goes on with %s %s',
    async (...options) => {
      write(box.a, manyFiles(10));
      await box.sync();
      for (let i = 0; i < 6; i++) rmSync(join(box.a, `f${i}`));
      expect((await box.sync(...options)).code).toBe(0);
      expect(differences(box.a, box.b)).toEqual([]);
      expect(trashed(box.b)).toHaveLength(6);
    },
  );

  test('a smaller limit stops earlier', async () => {
    write(box.a, manyFiles(10));
    await box.sync();
    rmSync(join(box.a, 'f0'));
    rmSync(join(box.a, 'f1'));
    expect((await box.sync('--max-delete', '1')).code).toBe(4);
    expect((await box.sync('--max-delete', '10%')).code).toBe(4);
    expect((await box.sync('--max-delete', '2')).code).toBe(0);
  });

  test('counts after renames: a renamed folder deletes nothing', async () => {
    write(box.a, Object.fromEntries(Object.entries(manyFiles(10)).map(([name, text]) => [`old/${name}`, text])));
    await box.sync();
    renameSync(join(box.a, 'old'), join(box.a, 'new'));
    const { code, stdout } = await box.sync('--max-delete', '0');
    expect([code, stdout]).toEqual([0, expect.stringContaining('renamed')]);
    expect(differences(box.a, box.b)).toEqual([]);
  });

  test('with --json the last event says why', async () => {
    write(box.a, manyFiles(4));
    await box.sync();
    for (let i = 0; i < 3; i++) rmSync(join(box.a, `f${i}`));
    const ended = await box.sync('--json');
    expect(eventsOf(ended).at(-1)).toMatchObject({ type: 'sync_complete', stopped: { code: 'guard/max-delete' } });
    expect(ended.code).toBe(4);
  });
});

describe('an emptied root', () => {
  test.each(['a', 'b'])('%s: stops with 4 and nothing is deleted; with --max-delete off it is meant', async (emptied) => {
    write(box.a, { x: '1', 'd/y': '2' });
    await box.sync();
    for (const name of readdirSync(join(box.dir, emptied))) rmSync(join(box.dir, emptied, name), { recursive: true });
    const { code, stderr } = await box.sync();
    expect([code, stderr]).toEqual([4, expect.stringMatching(/is empty now.*mount it/)]);
    const other = join(box.dir, emptied === 'a' ? 'b' : 'a');
    expect(contents(other)).toEqual({ d: '/', 'd/y': '2', x: '1' });
    expect((await box.sync('--max-delete', 'off')).code).toBe(0);
    expect([contents(other), trashed(other).sort()]).toEqual([{}, ['1', '2']]);
  });

  test('a file system that is not mounted looks like that: nothing is deleted, and mounted again all is well', async () => {
    box.mount(box.b, '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs');
    write(box.a, { x: '1' });
    await box.sync();
    const unmount = box.mount(box.b, '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs');
    expect((await box.sync()).code).toBe(4);
    expect(contents(box.a)).toEqual({ x: '1' });
    unmount();
    rmSync(join(box.a, 'x'));
    write(box.a, { y: '2' });
    expect((await box.sync('--max-delete', 'off')).code).toBe(0);
    expect(contents(box.b)).toEqual({ y: '2' });
  });
});

describe('another folder in the place of a root', () => {
  test('both sides are united and nothing is deleted', async () => {
    write(box.a, { x: '1', y: '2' });
    await box.sync();
    renameSync(box.b, join(box.dir, 'old-b'));
    mkdirSync(box.b);
    write(box.b, { z: '3' });
    const { code, stderr } = await box.sync();
    expect([code, stderr]).toEqual([0, expect.stringContaining('is not the folder of the last sync')]);
    expect(contents(box.a)).toEqual({ x: '1', y: '2', z: '3' });
    expect(differences(box.a, box.b)).toEqual([]);
  });
});

describe('trash', () => {
  test('what is deleted or overwritten goes there first, and is never synced', async () => {
    write(box.a, { gone: 'deleted text', edit: 'old text', k1: '1', k2: '2' });
    await box.sync();
    rmSync(join(box.a, 'gone'));
    write(box.a, { edit: 'new text' });
    await box.sync();
    expect(trashed(box.b).sort()).toEqual(['deleted text', 'old text']);
    await box.sync();
    expect(readdirSync(box.a)).not.toContain('.sync_trash');
  });

  test('--no-trash deletes for good', async () => {
    write(box.a, { gone: 'g', k1: '1', k2: '2' });
    await box.sync();
    rmSync(join(box.a, 'gone'));
    await box.sync('--no-trash');
    expect(readdirSync(box.b)).toEqual(['k1', 'k2']);
  });
});

describe('nothing is written outside the root', () => {
  test('a folder of one side is not written through a link of the other', async () => {
    write(box.dir, { 'outside/precious': 'p' });
    write(box.a, { 'dir/precious': 'overwritten?', 'dir/new': 'n' });
    symlinkSync('../outside', join(box.b, 'dir'));
    await box.sync();
    expect(contents(join(box.dir, 'outside'))).toEqual({ precious: 'p' });
    await box.sync();
    expect(contents(join(box.dir, 'outside'))).toEqual({ precious: 'p' });
  });

  test('a folder that becomes a link between two syncs is not followed', async () => {
    write(box.dir, { 'outside/keep': 'k' });
    write(box.a, { 'dir/x': 'old', k1: '1', k2: '2' });
    await box.sync();
    rmSync(join(box.b, 'dir'), { recursive: true });
    symlinkSync('../outside', join(box.b, 'dir'));
    write(box.a, { 'dir/x': 'new', 'dir/y': 'added' });
    await box.sync();
    await box.sync();
    expect(contents(join(box.dir, 'outside'))).toEqual({ keep: 'k' });
    expect(Object.values(contents(box.a))).toContain('new');
  });
});

describe('one-way modes never touch the giving side', () => {
  test.each([
    ['source-to-destination', 'a'],
    ['source-backup', 'a'],
    ['destination-to-source', 'b'],
    ['destination-backup', 'b'],
  ])('%s', async (mode, giver) => {
    write(box.a, { x: '1', 'd/y': '2', both: 'a' });
    write(box.b, { z: '3', both: 'longer at b' });
    await box.sync('--mode', mode, '--max-delete', 'off');
    write(box.a, { x: 'edited at a', n: 'n' });
    write(box.b, { x: 'edited at b!', m: 'm' });
    const before = snapshot(join(box.dir, giver));
    expect((await box.sync('--mode', mode, '--max-delete', 'off')).code).toBe(0);
    expect(snapshot(join(box.dir, giver))).toEqual(before);
  });
});

test('paths that cannot be synced now are tried again by the next run, without a --resync', async () => {
  write(box.a, { x: '1', 'sub/y': '2' });
  box.mount(box.b, '-t', 'tmpfs', '-o', 'nr_inodes=3', 'tmpfs');
  expect((await box.sync()).code).toBe(1);
  expect((await box.run('status')).stdout).toMatch(/some paths failed \(\d paths?\)/);
  execFileSync('mount', ['-o', 'remount,nr_inodes=100', box.b]);
  expect((await box.sync()).code).toBe(0);
  expect(differences(box.a, box.b)).toEqual([]);
});
