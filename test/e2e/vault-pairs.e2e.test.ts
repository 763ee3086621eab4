import { execFileSync } from 'node:child_process';
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { eventsOf } from './run-cloudsync.ts';
import { useSandbox } from './sandbox.ts';
import { contents, differences, write } from './tree.ts';
import { VaultSandbox } from './vault-sandbox.ts';

const box = useSandbox();
const { sync, vault, expectClean, log } = new VaultSandbox(box);

describe('pairs with a vault', () => {
  test('two vaults are synced with each other, and whichever side a folder is on', async () => {
    write(box.a, { x: 'x', 'd/y': 'y' });
    await sync('a');
    expect((await box.run('vault', 'init', 'w')).code).toBe(0);
    expect((await box.run('sync', 'vault:v', 'vault:w')).code).toBe(0);
    expect((await box.run('sync', 'vault:w', 'b')).code).toBe(0);
    expect(differences(box.a, box.b)).toEqual([]);
  });

  test('a triangle of a folder and two vaults has no false conflict and no resurrected file', async () => {
    expect((await box.run('vault', 'init', 'w')).code).toBe(0);
    const around = async (): Promise<void> => {
      for (const pair of [
        ['a', 'vault:v'],
        ['vault:v', 'vault:w'],
        ['a', 'vault:w'],
      ] as const) {
        const { code, stderr } = await box.run('sync', ...pair, '--max-delete', 'off');
        expect([code, stderr]).toEqual([0, '']);
      }
    };
    write(box.a, { x: '1', gone: 'soon' });
    await around();
    write(box.a, { x: '2' });
    rmSync(join(box.a, 'gone'));
    await around();
    await around();
    expect(contents(box.a)).toEqual({ x: '2' });
    await sync('b');
    expect(contents(box.b)).toEqual({ x: '2' });
  });

  test('a third vault that is behind brings back nothing, and a renamed file goes from vault to vault without its content', async () => {
    for (const name of ['w', 'u']) expect((await box.run('vault', 'init', name)).code).toBe(0);
    const meet = async (one: string, other: string): Promise<Record<string, number>> => {
      const { code, stdout } = await box.run('sync', `vault:${one}`, `vault:${other}`, '--json', '--max-delete', 'off');
      expect(code).toBe(0);
      const last = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { statistics: Record<string, number> };
      return last.statistics;
    };
    write(box.a, { gone: 'soon', stays: 'a'.repeat(5000) });
    await sync('a');
    await meet('v', 'u');
    rmSync(join(box.a, 'gone'));
    renameSync(join(box.a, 'stays'), join(box.a, 'stayed'));
    await sync('a', '--max-delete', 'off');
    await meet('v', 'w');
    expect(await meet('w', 'u')).toMatchObject({ deletedAtDestination: 2, bytesUploaded: 5000, bytesReused: 5000 });
    for (const name of ['v', 'w', 'u']) expect((await box.run('vault', 'ls', name)).stdout, name).toMatch(/^[^\n]*stayed\n$/);
  });

  test('a pair can be written as one word or stand in a file, relative to it', async () => {
    write(box.a, { x: 'x' });
    expect((await box.run('sync', './a:twoWay:vault:v')).code).toBe(0);
    write(box.dir, { 'conf/pairs.json': JSON.stringify([{ local: '../b', remote: 'vault:../v' }]) });
    expect((await box.run('sync', '--config', 'conf/pairs.json')).code).toBe(0);
    expect(contents(box.b)).toEqual({ x: 'x' });
    expect((await box.run('status')).stdout).toContain(`↔ vault:${box.dir}/v`);
  });

  test('a dry run prints the plan and changes nothing', async () => {
    write(box.a, { x: 'x' });
    const before = contents(join(box.dir, 'v'));
    const { code, stdout } = await box.run('sync', 'a', 'vault:v', '--dry-run');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/→ new +x .*\nDry run, nothing was changed/)]);
    expect(contents(join(box.dir, 'v'))).toEqual(before);
  });

  test('a conflict is decided later with resolve-conflicts', async () => {
    write(box.a, { x: 'one' });
    await sync('a');
    await sync('b');
    write(box.a, { x: 'from a' });
    write(box.b, { x: 'from b' });
    await sync('a');
    expect((await box.run('sync', 'b', 'vault:v', '--conflict', 'manual')).code).toBe(3);
    expect((await box.run('resolve-conflicts', '--path', 'x', '--use', 'source')).code).toBe(0);
    await sync('a');
    expect(contents(box.a)).toEqual({ x: 'from b' });
  });

  test('its disk that is not mounted stops the run', async () => {
    write(box.a, { x: 'x' });
    await sync('a');
    renameSync(join(box.dir, 'v'), join(box.dir, 'away'));
    expect((await box.run('sync', 'a', 'vault:v')).code).toBe(4);
    write(box.dir, { v: null });
    const { code, stderr } = await box.run('sync', 'a', 'vault:v');
    expect([code, stderr]).toEqual([4, expect.stringMatching(/holds no vault although it was synced before; mount its disk/)]);
    expect(contents(box.a)).toEqual({ x: 'x' });
  });

  test('a vault on a read-only disk can be read and synced from', async () => {
    write(box.a, { x: 'x' });
    await sync('a');
    execFileSync('chmod', ['-R', 'a-w', join(box.dir, 'v')]);
    box.dropPrivileges();
    await sync('b');
    expect(contents(box.b)).toEqual({ x: 'x' });
    expect((await vault('log')).code).toBe(0);
    await expectClean();
    write(box.b, { y: 'y' });
    const { code, stderr } = await box.run('sync', 'b', 'vault:v');
    expect([code, stderr]).toEqual([1, expect.stringContaining('permission denied')]);
  });

  test('--watch brings edits in as they happen, and what others commit', async () => {
    write(box.a, { first: '1' });
    const watching = box.start('sync', 'a', 'vault:v', '--watch', '--json');
    await watching.event(({ type }) => type === 'sync_complete');
    write(box.a, { second: '2' });
    await watching.event((event) => event.type === 'upload_complete' && event.path === 'second');
    await watching.event(({ type }) => type === 'sync_complete');
    await sync('b');
    expect(contents(box.b)).toEqual({ first: '1', second: '2' });
    write(box.b, { third: '3' });
    await sync('b');
    await watching.event((event) => event.type === 'download_complete' && event.path === 'third');
    await watching.event(({ type }) => type === 'sync_complete');
    expect(contents(box.a)).toEqual({ first: '1', second: '2', third: '3' });
    watching.process.kill('SIGINT');
    expect((await watching.ended).code).toBe(130);
    expect((await log()).map(({ version }) => version)).toEqual([4, 3, 2, 1]);
  });

  test('--json tells of the run as events', async () => {
    write(box.a, { x: 'x' });
    const events = eventsOf(await sync('a', '--json'));
    expect(events.at(-1)).toMatchObject({ type: 'sync_complete' });
    expect(events).toContainEqual(expect.objectContaining({ type: 'upload_complete', path: 'x' }));
  });
});
