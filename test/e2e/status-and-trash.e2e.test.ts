import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { useSandbox } from './sandbox.ts';
import { contents, trashed, write } from './tree.ts';

const box = useSandbox();

describe('cloudsync status', () => {
  test('before anything says how to start', async () => {
    expect(await box.run('status')).toMatchObject({ code: 0, stdout: 'No pairs yet. Start with: cloudsync sync <source> <destination>\n' });
    expect((await box.run('status', '--json')).stdout).toBe('[]\n');
  });

  test('lists every pair, the latest first', async () => {
    write(box.a, { x: '1', y: '2' });
    await box.sync();
    await box.run('sync', 'a', 'c', '--mode', 'mirror');
    const { stdout } = await box.run('status');
    expect(stdout).toContain(
      `${box.a} ↔ ${box.b}\n  Last sync:  just now\n  Status:     in sync\n  Files:      2\n  Mode:       two-way\n`,
    );
    const pairs = JSON.parse((await box.run('status', '--json')).stdout) as object[];
    expect(pairs).toMatchObject([
      {
        source: box.a,
        destination: join(box.dir, 'c'),
        mode: 'source-to-destination',
        result: 'in-sync',
        files: { source: 2, destination: 2 },
      },
      { source: box.a, destination: box.b, mode: 'two-way', failed: 0, conflictsLeft: 0 },
    ]);
  });

  test('shows a run in progress, and no longer when it was killed', async () => {
    write(box.a, { small: 's' });
    await box.sync();
    write(box.a, { big: Buffer.alloc(64 * 2 ** 20) });
    const running = box.start('sync', 'a', 'b', '--json', '--bwlimit', '2M');
    await running.event(({ type }) => type === 'upload_progress');
    expect((await box.run('status')).stdout).toContain(`Running:    process ${running.process.pid} on `);
    running.process.kill('SIGKILL');
    await running.ended;
    expect((await box.run('status')).stdout).not.toContain('Running');
  });

  test('why the last run stopped', async () => {
    write(box.a, { x: '1' });
    await box.sync();
    rmSync(join(box.a, 'x'));
    expect((await box.sync()).code).toBe(4);
    expect((await box.run('status')).stdout).toMatch(/Status: +nothing was synced: .*is empty now/);
  });
});

describe('cloudsync trash', () => {
  const fill = async () => {
    write(box.a, { 'dir/gone': 'deleted', 'dir/also': 'deleted too', edit: 'first', k1: '1', k2: '2' });
    await box.sync();
    rmSync(join(box.a, 'dir'), { recursive: true });
    write(box.a, { edit: 'second' });
    await box.sync();
  };

  test('list, for people and as JSON', async () => {
    await fill();
    const { code, stdout } = await box.run('trash', 'list', 'b');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d{8}-\d{6} +7 B {2}dir\/gone {2}\(deleted \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\)$/m);
    const items = JSON.parse((await box.run('trash', 'list', 'b', '--json')).stdout) as { path: string }[];
    expect(items.map(({ path }) => path).sort()).toEqual(['dir/also', 'dir/gone', 'edit']);
    expect((await box.run('trash', 'list', 'b', '--older-than', '1h')).stdout).toBe('The trash is empty.\n');
    expect((await box.run('trash', 'list', 'a')).stdout).toBe('The trash is empty.\n');
  });

  test('restore brings a file or a folder back to its place, and the next sync brings it to the other side', async () => {
    await fill();
    const { code, stdout } = await box.run('trash', 'restore', 'b', 'dir/gone');
    expect([code, stdout]).toEqual([0, 'Restored dir/gone\n']);
    expect((await box.run('trash', 'restore', 'b', join(box.b, 'dir/'))).code).toBe(0);
    expect(contents(box.b)).toMatchObject({ 'dir/gone': 'deleted', 'dir/also': 'deleted too' });
    await box.sync();
    expect(contents(box.a)).toMatchObject({ 'dir/gone': 'deleted', 'dir/also': 'deleted too' });
  });

  test('restore never overwrites: the old content comes back beside what is there', async () => {
    await fill();
    const { stdout } = await box.run('trash', 'restore', 'b', 'edit', '--json');
    const { restoredAs } = JSON.parse(stdout) as { restoredAs: string };
    expect(contents(box.b)).toMatchObject({ edit: 'second', [restoredAs]: 'first' });
  });

  test('what is not there is said', async () => {
    const { code, stderr } = await box.run('trash', 'restore', 'b', 'nothing');
    expect([code, stderr]).toEqual([1, expect.stringContaining('nothing does not lie in the trash')]);
    expect((await box.run('trash', 'list', 'none')).code).toBe(4);
  });

  test('empty deletes for good, all or what is old', async () => {
    await fill();
    expect((await box.run('trash', 'empty', 'b', '--older-than', '30d')).stdout).toBe('Deleted 0 files (0 B) from the trash\n');
    expect(trashed(box.b)).toHaveLength(3);
    expect((await box.run('trash', 'empty', 'b')).stdout).toMatch(/^Deleted 3 files \(\d+ B\)/);
    expect(readdirSync(box.b)).not.toContain('.sync_trash');
  });
});
