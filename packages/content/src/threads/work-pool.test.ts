import { threadId } from 'node:worker_threads';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type TestAnswers, type TestOrder, testWork } from './pool.test.support.ts';
import { WorkPool } from './work-pool.ts';

// Threads have to start, on machines with other things to do.
vi.setConfig({ testTimeout: 30_000 });

let pool: WorkPool<TestOrder, TestAnswers>;
beforeEach(() => {
  pool = newPool({});
});
afterEach(() => pool.close());

function newPool({ helps }: { readonly helps?: boolean }): typeof pool {
  return new WorkPool({
    url: new URL('./pool-test-worker.test.support.ts', import.meta.url),
    setup: undefined,
    makeWork: () => testWork(false),
    ranks: { first: 0, who: 1, break: 1 },
    ...(helps === undefined ? {} : { helps }),
  });
}

function askMany(count: number): Promise<number[]> {
  return Promise.all(Array.from({ length: count }, () => pool.run({ type: 'who' })));
}

it('does everything here until there is much to do, then in other threads', async () => {
  expect(new Set(await askMany(10))).toEqual(new Set([threadId]));
  pool.start();
  const threads = new Set(await askMany(100));
  expect(threads.size).toBeGreaterThan(1);
  expect(threads).not.toContain(threadId);
});

it('helps while the others start, when it is told to', async () => {
  const helped = newPool({ helps: true });
  helped.start();
  const [first] = await Promise.all([helped.run({ type: 'who' }), helped.run({ type: 'who' })]);
  expect(first).toBe(threadId);
  let next = first;
  while (next === threadId) next = await helped.run({ type: 'who' });
  expect(await helped.run({ type: 'who' })).not.toBe(threadId);
  await helped.close();
});

it('keeps to one thread what is pinned', async () => {
  pool.start();
  const pin = pool.pin();
  const others = askMany(50);
  const pinned = await Promise.all(Array.from({ length: 50 }, () => pool.run({ type: 'who' }, pin)));
  pin.release();
  expect(new Set(pinned).size).toBe(1);
  expect(new Set(await others).size).toBeGreaterThan(1);
});

it('pins to different threads, as long as there are any', async () => {
  pool.start();
  const pins = [pool.pin(), pool.pin()];
  const threads = await Promise.all(pins.map((pin) => pool.run({ type: 'who' }, pin)));
  for (const pin of pins) pin.release();
  expect(new Set(threads).size).toBe(2);
});

it('what has the lower rank is done before what came earlier', async () => {
  const order: string[] = [];
  const waiting = Array.from({ length: 5 }, () => pool.run({ type: 'who' }).then(() => order.push('who')));
  waiting.push(pool.run({ type: 'first' }).then(() => order.push('first')));
  await Promise.all(waiting);
  // Two were under way already.
  expect(order).toEqual(['who', 'who', 'first', 'who', 'who', 'who']);
});

it('a thread that dies takes nothing with it but what was pinned to it', async () => {
  pool.start();
  expect(await pool.run({ type: 'break', where: 'threads' })).toBe(threadId);
  const pin = pool.pin();
  await expect(pool.run({ type: 'break', where: 'threads' }, pin)).rejects.toThrow('broken on purpose');
  pin.release();
  expect(await askMany(20)).toHaveLength(20);
});

it('a defect that is met everywhere is told', async () => {
  pool.start();
  await expect(pool.run({ type: 'break', where: 'everywhere' })).rejects.toThrow('broken on purpose');
});

it('starts anew after it was closed', async () => {
  pool.start();
  await pool.close();
  expect(await askMany(3)).toEqual([threadId, threadId, threadId]);
});
