import { expect, it } from 'vitest';
import { SharedFlush } from './shared-flush.ts';

/** Flushes that end when the test says so. */
function observed(): { flushes: { paths: string[]; end: PromiseWithResolvers<void> }[]; shared: SharedFlush } {
  const flushes: { paths: string[]; end: PromiseWithResolvers<void> }[] = [];
  const shared = new SharedFlush((paths) => {
    const end = Promise.withResolvers<void>();
    flushes.push({ paths: [...paths], end });
    return end.promise;
  });
  return { flushes, shared };
}

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

it('who asks while one is under way shares the next, which begins afterwards', async () => {
  const { flushes, shared } = observed();
  const first = shared.request(new Set(['a']));
  await turn();
  const others = [shared.request(new Set(['b'])), shared.request(new Set(['c', 'b']))];
  await turn();
  expect(flushes.map(({ paths }) => paths)).toEqual([['a']]);
  flushes[0]?.end.resolve();
  await first;
  await turn();
  expect(flushes.map(({ paths }) => paths)).toEqual([['a'], ['b', 'c']]);
  flushes[1]?.end.resolve();
  await Promise.all(others);
});

it('a flush that fails fails for all who share it, and for nobody else', async () => {
  const { flushes, shared } = observed();
  const first = shared.request(new Set(['a']));
  await turn();
  const second = shared.request(new Set(['b']));
  flushes[0]?.end.reject(new Error('no space'));
  await expect(first).rejects.toThrow('no space');
  await turn();
  flushes[1]?.end.resolve();
  await second;
  const third = shared.request(new Set(['c']));
  await turn();
  flushes[2]?.end.resolve();
  await third;
  expect(flushes).toHaveLength(3);
});
