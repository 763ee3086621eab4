import { expect, test } from 'vitest';
import { runServer } from '../running-server.test.support.ts';
import { assertWithinRate, RateLimit, rateHeaders } from './rate-limit.ts';

test('so many in a window, then none until the next', () => {
  const clock = { nowMs: 1_000 };
  const rate = new RateLimit({ requestsMax: 2, windowMs: 60_000, now: () => clock.nowMs });
  expect([rate.take('a').remaining, rate.take('a').remaining, rate.take('a').remaining, rate.take('a').remaining]).toEqual([1, 0, -1, -1]);
  expect(rate.take('b').remaining).toBe(1);
  const refused = rate.take('a');
  expect(rateHeaders(refused, clock.nowMs)).toEqual({
    'x-ratelimit-limit': '2',
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset': '61',
    'retry-after': '60',
  });
  expect(() => assertWithinRate(refused, clock.nowMs)).toThrow(
    expect.objectContaining({ code: 'server/too-many-requests', retryable: true }),
  );
  clock.nowMs += 60_000;
  expect(rate.take('a').remaining).toBe(1);
});

test('its memory is bounded', () => {
  const rate = new RateLimit({ requestsMax: 2, windowMs: 60_000, now: () => 0, callersMax: 10 });
  for (let caller = 0; caller < 1000; caller++) rate.take(`caller ${caller}`);
  expect(rate.size).toBe(10);
});

test('a server counts each key by itself, and who has none by his address', async () => {
  const { owner, stranger, user } = await runServer({ rateLimits: { perKey: 6, perAddress: 3 } });
  const { client: other } = await user('other');
  const statuses: number[] = [];
  for (let request = 0; request < 7; request++) statuses.push((await owner.get('/v1/users/me')).status);
  expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429]);
  const { headers, error, status } = await owner.get('/v1/users/me');
  expect({ status, code: error.code }).toEqual({ status: 429, code: 'server/too-many-requests' });
  expect(headers.get('x-ratelimit-limit')).toBe('6');
  expect(headers.get('x-ratelimit-remaining')).toBe('0');
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await other.get('/v1/users/me')).status).toBe(200);
  const without = [];
  for (let request = 0; request < 4; request++) without.push((await stranger.get('/healthz')).status);
  expect(without).toEqual([200, 200, 200, 429]);
});
