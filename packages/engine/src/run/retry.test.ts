import { describe, expect, it } from 'vitest';
import { SyncError } from '../model/error.ts';
import type { Environment } from './environment.ts';
import { withRetries } from './retry.ts';

/** A clock that jumps, and dice that always show the same. */
function environment(random: number): Environment & { readonly slept: number[] } {
  const slept: number[] = [];
  return {
    slept,
    now: () => 0,
    random: () => random,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      slept.push(ms);
    },
  };
}

/** Fails as often as it is told to. */
function failing(times: number, error: unknown): () => Promise<string> {
  let left = times;
  return async () => {
    if (left-- > 0) throw error;
    return 'done';
  };
}

const busy = new SyncError('storage/unreachable', 'busy', { retryable: true });
const { signal } = new AbortController();

describe('trying again', () => {
  it('what works at once is not tried again', async () => {
    const world = environment(1);
    expect(await withRetries(failing(0, busy), { attempts: 4, environment: world, signal })).toBe('done');
    expect(world.slept).toEqual([]);
  });

  it('waits twice as long each time, up to ten seconds', async () => {
    const world = environment(1);
    expect(await withRetries(failing(8, busy), { attempts: 9, environment: world, signal })).toBe('done');
    expect(world.slept).toEqual([200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
  });

  it('throws dice for the whole wait, so that many clients do not come back at once', async () => {
    const world = environment(0.25);
    await withRetries(failing(3, busy), { attempts: 4, environment: world, signal });
    expect(world.slept).toEqual([50, 100, 200]);
  });

  it('gives up after the last attempt, with its error', async () => {
    const world = environment(1);
    await expect(withRetries(failing(4, busy), { attempts: 4, environment: world, signal })).rejects.toBe(busy);
    expect(world.slept).toHaveLength(3);
    await expect(withRetries(failing(1, busy), { attempts: 1, environment: environment(1), signal })).rejects.toBe(busy);
  });

  it.each([new SyncError('storage/denied', 'no'), new TypeError('a bug'), 'a string'])('does not try again after %s', async (error) => {
    const world = environment(1);
    await expect(withRetries(failing(1, error), { attempts: 4, environment: world, signal })).rejects.toBe(error);
    expect(world.slept).toEqual([]);
  });

  it('a cancel ends it: no more attempts, no more waiting', async () => {
    const controller = new AbortController();
    const world = environment(1);
    const attempt = async (): Promise<never> => {
      controller.abort();
      throw busy;
    };
    await expect(withRetries(attempt, { attempts: 4, environment: world, signal: controller.signal })).rejects.toBe(busy);
    expect(world.slept).toEqual([]);
  });
});
