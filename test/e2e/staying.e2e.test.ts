import { chmodSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { JsonLine, RunningCommand } from './run-cloudsync.ts';
import { useSandbox } from './sandbox.ts';
import { contents, differences, write } from './tree.ts';

const box = useSandbox();

const isComplete = (event: JsonLine): boolean => event.type === 'sync_complete';

/** Resolves when a path has travelled. */
const travelled = (running: RunningCommand, path: string): Promise<JsonLine> =>
  running.event((event) => /^(upload|download|delete|rename)_complete$/.test(event.type) && 'path' in event && event.path === path);

/** A watch whose first sync is done. */
async function startWatch(...options: string[]): Promise<RunningCommand> {
  const running = box.start('sync', 'a', 'b', '--watch', '--json', ...options);
  await running.event(isComplete);
  return running;
}

describe('--watch', () => {
  test('changes travel both ways as they happen; Ctrl-C ends it with 130', async () => {
    write(box.a, { first: '1', 'dir/x': 'x' });
    const running = await startWatch();
    expect(contents(box.b)).toEqual({ first: '1', dir: '/', 'dir/x': 'x' });

    write(box.a, { 'new/deep/at-a': 'from a' });
    await travelled(running, 'new/deep/at-a');
    expect(contents(box.b)['new/deep/at-a']).toBe('from a');

    write(box.b, { 'at-b': 'from b' });
    await travelled(running, 'at-b');
    expect(contents(box.a)['at-b']).toBe('from b');

    write(box.b, { first: 'edited at b' });
    await travelled(running, 'first');
    expect(contents(box.a).first).toBe('edited at b');

    rmSync(join(box.a, 'dir/x'));
    await travelled(running, 'dir/x');
    expect(contents(box.b)['dir/x']).toBeUndefined();

    renameSync(join(box.b, 'at-b'), join(box.b, 'renamed'));
    await travelled(running, 'renamed');
    expect(contents(box.a).renamed).toBe('from b');

    running.process.kill('SIGINT');
    expect((await running.ended).code).toBe(130);
    expect(differences(box.a, box.b)).toEqual([]);
  });

  test('a burst of changes is all synced', async () => {
    const running = await startWatch();
    write(box.a, Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`dir${i % 9}/f${i}`, `${i}`])));
    await travelled(running, 'dir4/f499');
    write(box.a, { last: 'l' });
    await travelled(running, 'last');
    expect(differences(box.a, box.b)).toEqual([]);
  });

  test('for people: one line a change with how long it took', async () => {
    const running = box.start('sync', 'a', 'b', '--watch');
    await running.says('Watching for changes');
    write(box.a, { 'x.txt': 'hello' });
    for await (const line of running.lines()) {
      if (!line.includes('x.txt')) continue;
      expect(line).toMatch(/^\d\d:\d\d:\d\d → new {6}x\.txt {2}\(5 B\) {2}\d+ ms|\d\.\d s$/);
      break;
    }
    running.process.kill('SIGTERM');
    expect((await running.ended).code).toBe(130);
  });

  test.each(['a', 'b'])('%s vanishes: stops loudly with 4 and deletes nothing', async (gone) => {
    write(box.a, { x: '1' });
    const running = await startWatch();
    renameSync(join(box.dir, gone), join(box.dir, 'elsewhere'));
    const { code, stderr } = await running.ended;
    expect([code, stderr]).toEqual([4, expect.stringContaining(join(box.dir, gone))]);
    expect(contents(join(box.dir, gone === 'a' ? 'b' : 'a'))).toEqual({ x: '1' });
  });

  test('deleting much stops at the guard', async () => {
    write(box.a, Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`d/f${i}`, `${i}`])));
    const running = await startWatch('--max-delete', '3');
    rmSync(join(box.a, 'd'), { recursive: true });
    expect((await running.ended).code).toBe(4);
    expect(Object.keys(contents(box.b))).toContain('d/f9');
  });

  test('a path that fails does not end it, and is synced once it can be', async () => {
    box.dropPrivileges();
    const running = await startWatch();
    write(box.a, { closed: 'c' });
    chmodSync(join(box.a, 'closed'), 0);
    write(box.a, { open: 'o' });
    await travelled(running, 'open');
    chmodSync(join(box.a, 'closed'), 0o644);
    await running.event((event) => isComplete(event) && contents(box.b).closed === 'c');
    running.process.kill('SIGINT');
    expect((await running.ended).code).toBe(130);
  });

  test('status tells of it; a second watch of the pair is refused; a single sync is not kept from its turn', async () => {
    write(box.a, { x: '1' });
    const running = await startWatch();
    expect((await box.run('status')).stdout).toContain(`Watching:   process ${running.process.pid} on `);
    const second = await box.sync('--watch');
    expect([second.code, second.stderr]).toEqual([1, expect.stringContaining(`process ${running.process.pid} `)]);
    expect((await box.sync()).code).toBe(0);
    running.process.kill('SIGKILL');
    await running.ended;
    expect((await box.run('status')).stdout).not.toContain('Watching');
  });

  test('a conflict is left to be decided, and what is decided elsewhere arrives', async () => {
    write(box.a, { x: 'base' });
    const running = await startWatch('--conflict', 'manual');
    running.process.kill('SIGSTOP');
    write(box.a, { x: 'from a' });
    write(box.b, { x: 'from b!' });
    running.process.kill('SIGCONT');
    await running.event((event) => event.type === 'conflict' && event.conflict.path === 'x');
    await running.event(isComplete);
    expect((await box.run('conflicts')).stdout).toContain('1 conflict');
    expect((await box.run('resolve-conflicts', '--all', '--use', 'source')).code).toBe(0);
    expect(contents(box.b)).toEqual({ x: 'from a' });
    write(box.b, { y: 'still watching' });
    await travelled(running, 'y');
    expect((await box.run('conflicts')).stdout).toBe('No conflicts are left.\n');
  });

  test('several pairs of a file are watched together', async () => {
    write(box.dir, {
      'p/x': '1',
      'q/y': '2',
      'pairs.json': JSON.stringify([
        { local: 'p', remote: 'p2' },
        { local: 'q', remote: 'q2' },
      ]),
    });
    const running = box.start('sync', '--config', 'pairs.json', '--watch', '--json');
    await running.event(isComplete);
    await running.event(isComplete);
    write(box.dir, { 'p/later': 'p', 'q2/later': 'q' });
    const seen = new Set<string>();
    await running.event((event) => {
      if (/_complete$/.test(event.type) && 'path' in event && 'pair' in event) seen.add(`${event.type} ${event.pair?.slice(0, 4)}`);
      return seen.size === 2;
    });
    expect(seen).toEqual(new Set(['upload_complete p-p2', 'download_complete q-q2']));
  });
});

describe('--every', () => {
  test('syncs at once and again on time; Ctrl-C ends it with 130', async () => {
    write(box.a, { x: '1' });
    const running = box.start('sync', 'a', 'b', '--every', '1s', '--json');
    await running.event(isComplete);
    expect(contents(box.b)).toEqual({ x: '1' });
    write(box.b, { y: '2' });
    await travelled(running, 'y');
    expect(contents(box.a)).toEqual({ x: '1', y: '2' });
    running.process.kill('SIGINT');
    expect((await running.ended).code).toBe(130);
  });

  test('a run that cannot be made is said, and made when it can be', async () => {
    write(box.a, { x: '1' });
    await box.sync();
    renameSync(box.b, join(box.dir, 'unmounted'));
    const running = box.start('sync', 'a', 'b', '--every', '1s', '--json');
    expect(await running.event(({ type }) => type === 'error')).toMatchObject({ code: 'storage/root-missing' });
    write(box.a, { y: '2' });
    renameSync(join(box.dir, 'unmounted'), box.b);
    await running.event(isComplete);
    expect(contents(box.b)).toEqual({ x: '1', y: '2' });
  });

  test('a line of cron that is none is refused', async () => {
    const { code, stderr } = await box.sync('--every', '99 * * * *');
    expect([code, stderr]).toEqual([2, expect.stringContaining('is not a cron line')]);
  });

  test('says when the next run is, and waits for a cron line without a first run', async () => {
    mkdirSync(join(box.a, 'dir'));
    const running = box.start('sync', 'a', 'b', '--every', '0 0 1 1 *');
    await running.says('Next sync at ');
    running.process.kill('SIGINT');
    expect((await running.ended).code).toBe(130);
    expect(contents(box.b)).toEqual({});
  });
});
