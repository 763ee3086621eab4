import type { WatchChange } from '@cloudsync/engine';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ChangeBurst } from './change-burst.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function gathering(unsettledMs?: (path: string) => number): { burst: ChangeBurst; told: (WatchChange & { atMs: number })[] } {
  const told: (WatchChange & { atMs: number })[] = [];
  const begunAtMs = Date.now();
  const tell = (change: WatchChange): void => {
    told.push({ ...change, atMs: Date.now() - begunAtMs });
  };
  return { burst: new ChangeBurst({ tell, unsettledMs, now: Date.now }), told };
}

test('one saved file is told a moment after the last that happened to it', () => {
  const { burst, told } = gathering();
  burst.add('a');
  vi.advanceTimersByTime(2);
  burst.add('a');
  vi.advanceTimersByTime(2);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(100);
  expect(told).toEqual([{ paths: ['a'], atMs: 5 }]);
});

test('many files that come with short pauses between them are told together', () => {
  const { burst, told } = gathering();
  for (let n = 0; n < 20; n++) burst.add(`${n}`);
  vi.advanceTimersByTime(9);
  burst.add('last');
  vi.advanceTimersByTime(100);
  expect(told.map(({ paths, atMs }) => [paths?.length, atMs])).toEqual([[21, 19]]);
});

test('what never pauses is told all the same, after the longest wait', () => {
  const { burst, told } = gathering();
  for (let ms = 0; ms < 1000; ms++) {
    burst.add('log');
    vi.advanceTimersByTime(1);
  }
  expect(told.length).toBeGreaterThan(3);
  expect(told.every(({ paths }) => paths?.join() === 'log')).toBe(true);
});

test('a file that is still being written is held back until it is settled; others are not', () => {
  let settledAtMs = Date.now() + 300;
  const { burst, told } = gathering((path) => (path === 'big' ? Math.max(0, settledAtMs - Date.now()) : 0));
  burst.add('big');
  burst.add('small');
  vi.advanceTimersByTime(50);
  expect(told.map(({ paths }) => paths)).toEqual([['small']]);
  settledAtMs += 200;
  vi.advanceTimersByTime(1000);
  expect(told.slice(1).map(({ paths }) => paths)).toEqual([['big']]);
  expect(told[1]?.atMs).toBeGreaterThanOrEqual(500);
});

test('what is written for ever is told after some seconds', () => {
  const { burst, told } = gathering(() => 60);
  burst.add('log');
  vi.advanceTimersByTime(4_900);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(300);
  expect(told.map(({ paths }) => paths)).toEqual([['log']]);
});

test('everything is told at once with what came before it, and nothing after closing', () => {
  const { burst, told } = gathering();
  burst.add('a');
  burst.addEverything();
  vi.advanceTimersByTime(100);
  expect(told.map(({ paths }) => paths)).toEqual([undefined]);
  burst.add('b');
  burst.close();
  vi.advanceTimersByTime(100);
  expect(told.length).toBe(1);
});
