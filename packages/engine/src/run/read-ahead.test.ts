import { expect, test } from 'vitest';
import { readAhead } from './read-ahead.ts';

async function* numbers(count: number, given: number[] = []): AsyncGenerator<number> {
  for (let n = 1; n <= count; n++) {
    given.push(n);
    yield n;
  }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const got: T[] = [];
  for await (const item of items) got.push(item);
  return got;
}

/** Lets everything run that waits for nothing but its turn. */
async function nextTurn(): Promise<void> {
  for (let turn = 0; turn < 100; turn++) await undefined;
}

test('reads before anybody asks, and gives all in order', async () => {
  const given: number[] = [];
  const ahead = readAhead(numbers(5, given));
  await nextTurn();
  expect(given).toEqual([1, 2, 3, 4, 5]);
  expect(await all(ahead)).toEqual([1, 2, 3, 4, 5]);
});

test('what comes while somebody reads is given too', async () => {
  const gates = [1, 2, 3].map(() => Promise.withResolvers<void>());
  async function* slowly(): AsyncGenerator<number> {
    for (const [at, gate] of gates.entries()) {
      await gate.promise;
      yield at;
    }
  }
  const ahead = readAhead(slowly());
  const got: number[] = [];
  for (const gate of gates.slice(0, 1)) gate.resolve();
  for await (const item of ahead) {
    got.push(item);
    gates[item + 1]?.resolve();
    if (item === 1) await nextTurn();
  }
  expect(got).toEqual([0, 1, 2]);
});

test('a failure comes after what was read before it', async () => {
  async function* failing(): AsyncGenerator<number> {
    yield* numbers(2);
    throw new Error('the disk is gone');
  }
  const ahead = readAhead(failing());
  await nextTurn();
  const got: number[] = [];
  const reading = (async () => {
    for await (const item of ahead) got.push(item);
  })();
  await expect(reading).rejects.toThrow('the disk is gone');
  expect(got).toEqual([1, 2]);
});

test('dropped, it stops reading and forgets what went wrong', async () => {
  let ended = false;
  async function* endless(): AsyncGenerator<number> {
    try {
      for (let n = 0; ; n++) {
        await nextTurn();
        yield n;
      }
    } finally {
      ended = true;
    }
  }
  await readAhead(endless()).drop();
  expect(ended).toBe(true);
  async function* failing(): AsyncGenerator<number> {
    yield* numbers(1);
    throw new Error('the disk is gone');
  }
  await readAhead(failing()).drop();
});
