import { describe, expect, it } from 'vitest';
import { SyncPauseController } from './pause-controller.ts';
import { runBounded } from './work.ts';

/** A task that ends when it is told to. */
function controlled(): { task: (item: number) => Promise<void>; started: number[]; end: (item: number) => Promise<void> } {
  const started: number[] = [];
  const running = new Map<number, () => void>();
  return {
    started,
    task: (item) => {
      started.push(item);
      return new Promise((resolve) => running.set(item, resolve));
    },
    end: async (item) => {
      running.get(item)?.();
      await settled();
    },
  };
}

/** Lets everything run that can. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await undefined;
}

describe('pause, resume, cancel', () => {
  it('says what it is', () => {
    const pause = new SyncPauseController();
    expect([pause.paused, pause.cancelled]).toEqual([false, false]);
    pause.pause();
    pause.pause();
    expect([pause.paused, pause.cancelled]).toEqual([true, false]);
    pause.resume();
    expect(pause.paused).toBe(false);
    pause.cancel();
    expect([pause.paused, pause.cancelled, pause.signal.aborted]).toEqual([false, true, true]);
  });

  it('holds back whoever asks until it is resumed, also when it is paused again at once', async () => {
    const pause = new SyncPauseController();
    await pause.whenRunning();
    pause.pause();
    let isRunning = false;
    const waiting = pause.whenRunning().then(() => {
      isRunning = true;
    });
    await settled();
    expect(isRunning).toBe(false);
    pause.resume();
    pause.pause();
    await settled();
    expect(isRunning).toBe(false);
    pause.resume();
    await waiting;
    expect(isRunning).toBe(true);
  });

  it('a cancel lets go of those who wait, and cannot be paused or resumed', async () => {
    const pause = new SyncPauseController();
    pause.pause();
    const waiting = pause.whenRunning();
    pause.cancel();
    await waiting;
    pause.pause();
    expect(pause.paused).toBe(false);
    pause.resume();
    expect(pause.cancelled).toBe(true);
  });
});

describe('bounded work', () => {
  it('runs no more at once than it may, and everything in the end', async () => {
    const { task, started, end } = controlled();
    const work = runBounded([1, 2, 3, 4, 5], task, { atOnce: 2, pause: new SyncPauseController() });
    await settled();
    expect(started).toEqual([1, 2]);
    await end(2);
    expect(started).toEqual([1, 2, 3]);
    for (const item of [1, 3, 4, 5]) await end(item);
    await work;
    expect(started).toEqual([1, 2, 3, 4, 5]);
  });

  it('takes an item only when there is a place for it', async () => {
    let drawn = 0;
    function* items(): Generator<number> {
      while (drawn < 100) yield ++drawn;
    }
    const { task } = controlled();
    void runBounded(items(), task, { atOnce: 3, pause: new SyncPauseController() });
    await settled();
    expect(drawn).toBe(3);
  });

  it('paused: current operations end, none starts; resumed: the rest', async () => {
    const pause = new SyncPauseController();
    const { task, started, end } = controlled();
    const work = runBounded([1, 2, 3], task, { atOnce: 1, pause });
    await settled();
    pause.pause();
    await end(1);
    expect(started).toEqual([1]);
    pause.resume();
    await settled();
    expect(started).toEqual([1, 2]);
    await end(2);
    await end(3);
    await work;
  });

  it('cancelled: current operations end, none starts, and it is over', async () => {
    const pause = new SyncPauseController();
    const { task, started, end } = controlled();
    const work = runBounded([1, 2, 3, 4], task, { atOnce: 2, pause });
    await settled();
    pause.cancel();
    await end(1);
    await end(2);
    await work;
    expect(started).toEqual([1, 2]);
  });

  it('cancelled while paused is cancelled', async () => {
    const pause = new SyncPauseController();
    pause.pause();
    const { task, started } = controlled();
    const work = runBounded([1, 2], task, { atOnce: 2, pause });
    await settled();
    pause.cancel();
    await work;
    expect(started).toEqual([]);
  });
});
