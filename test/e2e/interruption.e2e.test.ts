import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { eventsOf, type RunningCommand } from './run-cloudsync.ts';
import { useSandbox } from './sandbox.ts';
import { contents, differences, write } from './tree.ts';

const box = useSandbox();
const MIB = 2 ** 20;

/** Many small files, and one that takes long at the bandwidth the tests give. */
function writeMuch(): void {
  write(box.a, Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`dir${i % 7}/file${i}`, `content ${i}`])));
  write(box.a, { 'z-big': Buffer.alloc(64 * MIB, 'z') });
}

/** A run that is in the middle of its work and has much left. */
async function startLongRun(...options: string[]): Promise<RunningCommand> {
  writeMuch();
  const running = box.start('sync', 'a', 'b', '--json', '--bwlimit', '2M', ...options);
  await running.event((event) => event.type === 'upload_progress' && event.path === 'z-big');
  return running;
}

function leftovers(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => path.includes('cloudsync-tmp'));
}

describe('killed at once (kill -9)', () => {
  test('in the middle of a big first sync: the next run finishes, without a lock, a leftover or a second transfer of all', async () => {
    const running = await startLongRun();
    running.process.kill('SIGKILL');
    expect((await running.ended).signal).toBe('SIGKILL');
    expect(Object.keys(contents(box.b))).not.toContain('z-big');
    const ended = await box.sync('--json');
    expect(ended.code).toBe(0);
    expect(differences(box.a, box.b)).toEqual([]);
    expect(leftovers(box.b)).toEqual([]);
    expect((await box.sync()).stdout).toContain('nothing to do');
  });

  test('while a file is replaced: its path holds the whole old content, then the whole new one', async () => {
    write(box.a, { file: 'old' });
    await box.sync();
    write(box.a, { file: Buffer.alloc(64 * MIB, 'n') });
    const running = box.start('sync', 'a', 'b', '--json', '--bwlimit', '2M');
    await running.event(({ type }) => type === 'upload_progress');
    expect(contents(box.b)).toMatchObject({ file: 'old' });
    running.process.kill('SIGKILL');
    await running.ended;
    expect(contents(box.b)).toMatchObject({ file: 'old' });
    expect((await box.sync()).code).toBe(0);
    expect(differences(box.a, box.b)).toEqual([]);
    expect(leftovers(box.b)).toEqual([]);
  });
});

describe('cancelled (Ctrl-C, SIGTERM)', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('%s once: ends soon with 130 and a saved state; the next run goes on', async (signal) => {
    const running = await startLongRun();
    running.process.kill(signal);
    const ended = await running.ended;
    expect([ended.code, ended.signal]).toEqual([130, null]);
    expect(ended.stderr).toContain('Stopping cleanly');
    expect(eventsOf(ended).at(-1)).toMatchObject({ type: 'sync_complete', cancelled: true });
    expect(leftovers(box.b)).toEqual([]);
    const done = Object.keys(contents(box.b)).length;
    const next = eventsOf(await box.sync('--json')).filter(({ type }) => type === 'upload_complete');
    expect(next.length).toBeLessThan(Object.keys(contents(box.a)).length - done + 10);
    expect(differences(box.a, box.b)).toEqual([]);
  });

  test('twice: ends at once', async () => {
    const running = await startLongRun();
    running.process.kill('SIGINT');
    await running.says('Stopping cleanly');
    running.process.kill('SIGINT');
    expect((await running.ended).code).toBe(130);
    expect((await box.sync()).code).toBe(0);
    expect(differences(box.a, box.b)).toEqual([]);
  });

  test('without --json the summary says that the next run goes on', async () => {
    writeMuch();
    const running = box.start('sync', 'a', 'b', '--verbose', '--bwlimit', '2M');
    for await (const line of running.lines()) if (line.includes('file499')) break;
    running.process.kill('SIGINT');
    const { code, stdout } = await running.ended;
    expect(code).toBe(130);
    expect(stdout).toMatch(/Cancelled: .*the next run goes on from here/);
    expect((await box.run('status')).stdout).toContain('cancelled; the next sync goes on');
  });
});

describe('two runs on one pair at once', () => {
  test('the second says who holds the lock and waits for its turn', async () => {
    const first = await startLongRun();
    const second = box.start('sync', 'a', 'b');
    await second.says('Waiting for process');
    first.process.kill('SIGINT');
    await first.ended;
    const { code, stderr } = await second.ended;
    expect([code, stderr]).toEqual([0, expect.stringContaining(`process ${first.process.pid} `)]);
    expect(differences(box.a, box.b)).toEqual([]);
  });

  test('--no-wait gives up with 1 and says who', async () => {
    const first = await startLongRun();
    const { code, stderr } = await box.sync('--no-wait');
    expect([code, stderr]).toEqual([1, expect.stringContaining(`process ${first.process.pid} `)]);
    expect((await box.run('status')).stdout).toMatch(
      new RegExp(`the first sync has not ended yet\\n(.*\\n)*.*Running: +process ${first.process.pid} `),
    );
  });

  test('a second run that waits can be cancelled', async () => {
    await startLongRun();
    const second = box.start('sync', 'a', 'b');
    await second.says('Waiting for process');
    second.process.kill('SIGINT');
    expect((await second.ended).code).toBe(130);
  });

  test('the lock of a dead process is taken over', async () => {
    const first = await startLongRun();
    first.process.kill('SIGKILL');
    await first.ended;
    const { code, stderr } = await box.sync('--no-wait');
    expect([code, stderr]).toEqual([0, '']);
  });

  test('runs on other pairs do not wait', async () => {
    await startLongRun();
    write(box.dir, { 'c/x': '1' });
    expect((await box.run('sync', 'c', 'd', '--no-wait')).code).toBe(0);
  });
});
