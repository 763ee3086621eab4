import { expect, test } from 'vitest';
import { ChangeQueue } from './change-queue.ts';

test('paths are collected until they are taken, each once, with the time of the first change', async () => {
  const queue = new ChangeQueue();
  expect(queue.take()).toBeUndefined();
  queue.add(['a', 'b'], 5);
  queue.add(['b', 'c'], 9);
  await queue.filled;
  expect(queue.take()).toEqual({ only: ['a', 'b', 'c'], sinceMs: 5 });
  expect(queue.take()).toBeUndefined();
});

test('everything outranks single paths', () => {
  const queue = new ChangeQueue();
  queue.add(['a'], 5);
  queue.add(undefined);
  expect(queue.take()).toEqual({ only: undefined, sinceMs: 5 });
});

test('a flood of paths becomes everything', () => {
  const queue = new ChangeQueue();
  queue.add(
    Array.from({ length: 5000 }, (_, i) => String(i)),
    1,
  );
  expect(queue.take()?.only).toBeUndefined();
});

test('no paths is nothing to do', () => {
  const queue = new ChangeQueue();
  queue.add([], 1);
  expect(queue.size).toBe(0);
});

test('after a take, filled waits again', async () => {
  const queue = new ChangeQueue();
  queue.add(['a'], 1);
  queue.take();
  const state = await Promise.race([queue.filled.then(() => 'filled'), Promise.resolve('waiting')]);
  expect(state).toBe('waiting');
});
