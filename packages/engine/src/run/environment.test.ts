import { describe, expect, it } from 'vitest';
import { realEnvironment } from './environment.ts';

describe('the real clock', () => {
  it('sleeps, and forgets the signal it slept with', async () => {
    const controller = new AbortController();
    await realEnvironment.sleep(0, controller.signal);
    await realEnvironment.sleep(0);
    controller.abort();
  });

  it('a cancel ends a sleep with its reason, before and while it lasts', async () => {
    const reason = new Error('cancelled');
    await expect(realEnvironment.sleep(1e9, AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    const sleeping = realEnvironment.sleep(1e9, controller.signal);
    controller.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
  });

  it('dice show 0 ≤ x < 1', () => {
    const thrown = Array.from({ length: 100 }, () => realEnvironment.random());
    expect(thrown.every((x) => x >= 0 && x < 1)).toBe(true);
    expect(new Set(thrown).size).toBeGreaterThan(1);
  });
});
