import { describe, expect, it } from 'vitest';
import { Random } from './random.ts';
import { StuckError, VirtualTime } from './virtual-time.ts';

const HOUR_MS = 3_600_000;

describe('VirtualTime', () => {
  it('jumps over the time that everybody sleeps', async () => {
    const time = new VirtualTime(new Random(1), 0);
    const order: string[] = [];
    const sleeper = async (name: string, ms: number): Promise<void> => {
      await time.sleep(ms);
      order.push(`${name} at ${time.now()}`);
    };
    await time.run(Promise.all([sleeper('late', 3 * HOUR_MS), sleeper('early', HOUR_MS), sleeper('also early', HOUR_MS)]));
    expect(order).toEqual([`early at ${HOUR_MS}`, `also early at ${HOUR_MS}`, `late at ${3 * HOUR_MS}`]);
  });

  it('stands still while anything can run', async () => {
    const time = new VirtualTime(new Random(1), 0);
    let steps = 0;
    const worker = async (): Promise<number> => {
      for (; steps < 1000; steps++) await Promise.resolve();
      return time.now();
    };
    const [ended] = await time.run(Promise.all([worker(), time.sleep(5)]));
    expect(ended).toBe(0);
  });

  it('wakes many sleepers in the order of their times', async () => {
    const random = new Random(5);
    const time = new VirtualTime(random, 0);
    const woken: number[] = [];
    const delays = Array.from({ length: 500 }, () => random.below(10_000));
    await time.run(Promise.all(delays.map((ms) => time.pass(ms).then(() => woken.push(ms)))));
    expect(woken).toEqual([...delays].sort((a, b) => a - b));
  });

  it('a signal ends a sleep', async () => {
    const time = new VirtualTime(new Random(1), 0);
    const abort = new AbortController();
    const asleep = time.sleep(HOUR_MS, abort.signal);
    abort.abort();
    await expect(asleep).rejects.toMatchObject({ code: 'sync/cancelled' });
    await expect(time.sleep(1, AbortSignal.abort())).rejects.toMatchObject({ code: 'sync/cancelled' });
  });

  it('says so when a task waits for something that never comes', async () => {
    const time = new VirtualTime(new Random(1));
    await expect(time.run(new Promise(() => undefined))).rejects.toBeInstanceOf(StuckError);
  });

  it('forgets timers that are cleared', async () => {
    const time = new VirtualTime(new Random(1), 0);
    let woke = false;
    void time.pass(10).then(() => {
      woke = true;
    });
    time.clear();
    await time.run(time.pass(20));
    expect(woke).toBe(false);
  });
});
